/** Whether a port of a Kubernetes Service says its protocol, by `appProtocol` or by the first word of its name. */
const PROTOCOLS: ReadonlySet<string> = new Set([
  'tcp',
  'udp',
  'grpc',
  'http',
  'http_proxy',
  'http2',
  'https',
  'tls',
  'mongo',
  'redis',
  'mysql',
])
const OF_KUBERNETES: ReadonlySet<string> = new Set(['kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss'])
/** Ports whose protocol speaks the server first, so that nobody may listen before he speaks. */
const WELL_KNOWN: ReadonlySet<number> = new Set([25, 53, 3306, 27_017])

export interface NamedPort {
  readonly name?: string
  readonly port?: number
  readonly protocol?: string
  readonly appProtocol?: string
}

export function isNamedByProtocol({ name = '', port = 0, protocol, appProtocol }: NamedPort): boolean {
  if (protocol === 'UDP') return true
  if (appProtocol !== undefined && OF_KUBERNETES.has(appProtocol)) return true
  const written = (appProtocol ?? name).toLowerCase()
  if (written.startsWith('grpc-web')) return true
  return PROTOCOLS.has(written.split('-')[0] ?? '') || WELL_KNOWN.has(port)
}
