/**
 * Where `httpsRedirect` sends to. A client that named the port we listen at reached us directly, and finds TLS at our own port; any other came through something
 * that maps ports, and there HTTPS has its usual one.
 */
import { hostOfAuthority } from '@meshmart/mesh-policy'

export interface EdgePorts {
  readonly plain: number
  /** Null where this process serves no TLS. */
  readonly tls: number | null
}

const HTTP_PORT = 80
const HTTPS_PORT = 443

/** @param target path and query */
export function httpsLocation(authority: string, target: string, ports: EdgePorts): string {
  const host = hostOfAuthority(authority)
  const port = authority.length === host.length ? HTTP_PORT : Number(authority.slice(host.length + 1))
  const isDirect = ports.tls !== null && ports.tls !== HTTPS_PORT && port === ports.plain
  return `https://${host}${isDirect ? `:${ports.tls}` : ''}${target}`
}
