/** What Istio takes a port for: by its protocol where one is written, by the first word of its name, else by looking at the bytes. */

/** Istio's protocols; `AUTO` looks at the first bytes. */
export type Protocol =
  | 'HTTP'
  | 'HTTP2'
  | 'HTTP_PROXY'
  | 'GRPC'
  | 'GRPC-Web'
  | 'TCP'
  | 'TLS'
  | 'HTTPS'
  | 'Mongo'
  | 'MySQL'
  | 'Redis'
  | 'UDP'
  | 'AUTO'

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  http: 'HTTP',
  http2: 'HTTP2',
  http_proxy: 'HTTP_PROXY',
  grpc: 'GRPC',
  'grpc-web': 'GRPC-Web',
  tcp: 'TCP',
  tls: 'TLS',
  https: 'HTTPS',
  mongo: 'Mongo',
  mysql: 'MySQL',
  redis: 'Redis',
  udp: 'UDP',
}
/** Protocols in which the server speaks first, so that nothing could be waited for: SMTP, DNS, MySQL, MongoDB. */
const SERVER_FIRST: ReadonlySet<number> = new Set([25, 53, 3306, 27017])
/** Kubernetes' own words. */
const KUBERNETES: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
}

export const protocolOf = (written: string): Protocol => PROTOCOLS[written.toLowerCase()] ?? 'AUTO'

export function protocolOfPort(port: {
  readonly port?: number
  readonly name?: string
  readonly protocol?: string
  readonly appProtocol?: string
}): Protocol {
  if (port.protocol === 'UDP') return 'UDP'
  const name = port.appProtocol ?? port.name ?? ''
  const known = KUBERNETES[name]
  if (known !== undefined) return known
  if (name.toLowerCase().startsWith('grpc-web')) return 'GRPC-Web'
  const protocol = protocolOf(name.split('-')[0] ?? '')
  return protocol === 'AUTO' && SERVER_FIRST.has(port.port ?? 0) ? 'TCP' : protocol
}

export type ListenerProtocol = 'HTTP' | 'TCP' | 'AUTO' | null

export function listenerProtocolOf(protocol: Protocol): ListenerProtocol {
  if (protocol === 'UDP') return null
  if (protocol === 'AUTO') return 'AUTO'
  return isHttp(protocol) ? 'HTTP' : 'TCP'
}

export const isHttp = (protocol: Protocol): boolean =>
  (protocol.startsWith('HTTP') && protocol !== 'HTTPS') || protocol.startsWith('GRPC')
export const isTls = (protocol: Protocol): boolean => protocol === 'TLS' || protocol === 'HTTPS'
