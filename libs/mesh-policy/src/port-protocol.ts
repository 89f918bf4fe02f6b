/**
 * Which protocol a port speaks. Istio's rule for a port of a service: the first word of its name (`tcp-db`, `http`, `mongo-main`), and for
 * ports without one the well-known numbers at which the server speaks first. What is not named is HTTP here: nothing is sniffed.
 */

/** How a port is carried: `HTTP` through all layers; `TLS` as it is, routed by SNI; `TCP` as it is; `UDP` not at all. */
export type Carriage = 'HTTP' | 'TLS' | 'TCP' | 'UDP'

const CARRIAGE: Readonly<Record<string, Carriage>> = {
  http: 'HTTP',
  http2: 'HTTP',
  http_proxy: 'HTTP',
  grpc: 'HTTP',
  'grpc-web': 'HTTP',
  https: 'TLS',
  tls: 'TLS',
  tcp: 'TCP',
  mongo: 'TCP',
  mysql: 'TCP',
  redis: 'TCP',
  udp: 'UDP',
}
/** SMTP, DNS, MySQL, MongoDB. */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27017])

/** @param name Istio's port name, such as `tcp-db`; undefined where the port has none */
export function carriageOfPort(port: number, name: string | undefined): Carriage {
  const lower = (name ?? '').toLowerCase()
  if (lower === 'grpc-web' || lower.startsWith('grpc-web-')) return 'HTTP'
  const [word = ''] = lower.split('-')
  return CARRIAGE[word] ?? (SERVER_FIRST_PORTS.has(port) ? 'TCP' : 'HTTP')
}

/** @param protocol as a Gateway or ServiceEntry writes it, in any case; @returns null where Istio has no such protocol */
export function carriageOfProtocol(protocol: string): Carriage | null {
  return CARRIAGE[protocol.toLowerCase()] ?? null
}
