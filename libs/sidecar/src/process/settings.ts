/** Settings of the process placement: those of every sidecar, and where its application and its own doors are. */
import * as z from 'zod'
import { meshSettingsShape } from '../settings.ts'

/** One service port of the application. */
export interface AppPort {
  /** Istio's port name: its first word is the protocol, `http`, `tcp-redis`. */
  readonly name: string
  readonly servicePort: number
  /** Where the application listens. */
  readonly appPort: number
  /** Of the inbound listener; 0 is any free one. */
  readonly inboundPort: number
}
/** A plain listener on loopback whose connections go to one service, for protocols that name no host themselves. */
export interface TcpOutbound {
  readonly listenPort: number
  readonly host: string
  readonly port: number
}

const PORT_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

const appPorts = z.string().transform((text, context): readonly AppPort[] =>
  entries(text === 'none' ? '' : text).map((entry): AppPort => {
    const [name = '', servicePort = '', appPort = servicePort, inboundPort = '0', ...more] = entry.split(':')
    const numbers = [servicePort, appPort, inboundPort].map(portNumber)
    if (!PORT_NAME.test(name) || more.length > 0 || numbers.includes(null) || numbers[0] === 0 || numbers[1] === 0) {
      const message = `must be name:servicePort[:appPort[:inboundPort]], such as http:80:8080: ${JSON.stringify(entry)} is not`
      context.addIssue({ code: 'custom', message })
    }
    return { name, servicePort: numbers[0] ?? 0, appPort: numbers[1] ?? 0, inboundPort: numbers[2] ?? 0 }
  }),
)

const tcpOutbound = z.string().transform((text, context): readonly TcpOutbound[] =>
  entries(text).map((entry): TcpOutbound => {
    const [, listen = '', host = '', port = ''] = /^(\d+)=([a-z0-9.-]+):(\d+)$/.exec(entry) ?? []
    const numbers = [listen, port].map(portNumber)
    if (host === '' || numbers.includes(null)) {
      const message = `must be listenPort=host:port, such as 6379=redis.shop:6379: ${JSON.stringify(entry)} is not`
      context.addIssue({ code: 'custom', message })
    }
    return { listenPort: numbers[0] ?? 0, host, port: numbers[1] ?? 0 }
  }),
)

const port = z.coerce.number('must be a port number').int('must be a port number').min(0).max(65_535)
const ip = z.union([z.ipv4(), z.ipv6()], 'must be an IP address')

export const processSettingsShape = {
  ...meshSettingsShape,
  /** Where the application listens; it is called in plain HTTP. */
  MESH_APP_ADDRESS: ip.default('127.0.0.1'),
  /** Of the application, `name:servicePort[:appPort[:inboundPort]]` separated by commas; `none` for one that only calls. */
  MESH_APP_PORTS: appPorts.default([{ name: 'http', servicePort: 80, appPort: 8080, inboundPort: 0 }]),
  /** Plain HTTP on loopback for what the application calls, as an HTTP proxy or by `Host`; Istio's port. */
  MESH_OUTBOUND_PORT: port.default(15_001),
  /** `listenPort=host:port` separated by commas. */
  MESH_OUTBOUND_TCP: tcpOutbound.default([]),
}

const processSettings = z.object(processSettingsShape)
export type ProcessSettings = Readonly<z.infer<typeof processSettings>>

function entries(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function portNumber(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null
}
