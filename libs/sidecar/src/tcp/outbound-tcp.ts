/**
 * The application's way into the mesh for what is no HTTP: a plain listener on loopback for each service that it is told of (`MESH_OUTBOUND_TCP`), and CONNECT
 * on its HTTP door (connect-request.ts).
 */
import net, { type AddressInfo } from 'node:net'
import { describeDestination } from '../telemetry/destinations.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { HostDirectory } from '../outbound/route.ts'
import { CarriedConnection } from './carried-connection.ts'
import { ConnectionRecorder } from './connection-recorder.ts'
import { Connections } from './connections.ts'
import { OutboundConnection, type OutboundTarget, type OutboundTcpContext } from './outbound-connection.ts'

export interface TcpListenerSettings {
  /** On loopback; 0 is any free one. */
  readonly listenPort: number
  readonly host: string
  readonly port: number
}
export interface OutboundTcpParts {
  readonly settings: { readonly MESH_OUTBOUND_TCP: readonly TcpListenerSettings[] }
  readonly hosts: HostDirectory
  readonly telemetry: Telemetry
}

const NOTHING = Buffer.alloc(0)

export class OutboundTcp {
  readonly #listeners: readonly { readonly server: net.Server; readonly to: TcpListenerSettings }[]
  readonly #connections = new Connections()
  readonly #recorder: ConnectionRecorder
  readonly #context: OutboundTcpContext

  constructor({ settings, hosts, telemetry }: OutboundTcpParts) {
    this.#recorder = new ConnectionRecorder(telemetry, 'outbound')
    this.#context = { hosts, self: telemetry.self, random: Math.random }
    this.#listeners = settings.MESH_OUTBOUND_TCP.map((to) => ({
      to,
      server: net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
        this.carry(socket, NOTHING, new ListenerTarget(to)),
      ),
    }))
  }

  /** @throws Error that names the setting where a port is taken. @returns `port=host:port` of each listener */
  async listen(): Promise<string[]> {
    return Promise.all(
      this.#listeners.map(async ({ server, to: { listenPort, host, port } }) => {
        const listening = await listen(server, listenPort)
        return `${listening}=${host}:${port}`
      }),
    )
  }

  /** @param rest bytes that were read before */
  carry(socket: net.Socket, rest: Buffer, target: OutboundTarget): void {
    const { labels } = describeDestination(this.#context.self, null, null)
    const record = this.#recorder.begin(labels, {
      destination: `${target.host}:${target.port}`,
      peer: '-',
      upstream: '-',
      cluster: '-',
      route: '-',
      sni: '-',
    })
    const connection = new CarriedConnection(socket, record, this.#connections.over)
    this.#connections.add(connection)
    new OutboundConnection(connection, target, rest, this.#context).begin()
  }

  stop(): void {
    for (const { server } of this.#listeners) if (server.listening) server.close()
  }

  /** @returns how many had to be closed after `limitMs` */
  quiet(limitMs: number): Promise<number> {
    return this.#connections.quiet(limitMs)
  }

  destroy(): void {
    this.stop()
    this.#connections.closeAll('the sidecar is closed')
  }
}

/** What comes to such a listener can be told nothing: its protocol is not known. */
class ListenerTarget implements OutboundTarget {
  readonly host: string
  readonly port: number
  readonly destinationIp: string | null

  constructor({ host, port }: TcpListenerSettings) {
    this.host = host
    this.port = port
    this.destinationIp = net.isIP(host) === 0 ? null : host
  }

  accepted(): void {
    // Its bytes were the service's from the first one on.
  }
  refused(): boolean {
    return true
  }
}

function listen(server: net.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const problem = `settings: MESH_OUTBOUND_TCP: cannot listen on 127.0.0.1:${port}: ${error.message}`
      reject(new Error(problem, { cause: error }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
