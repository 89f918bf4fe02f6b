/** `GET http://reviews:9080/x` as it is written: a URL parser would tidy the path before anybody could say what the mesh makes of it. */
import { UsageError } from '../command.ts'

export interface RequestLine {
  readonly method: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
  /** As it stands in the URL. */
  readonly authority: string
  /** Path and query. */
  readonly target: string
}

const FORM = /^(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s+)?(https?):\/\/([^/?\s]+)(\S*)$/i

/** @throws UsageError */
export function readRequestLine(text: string): RequestLine {
  const [, method = 'GET', scheme = '', authority = '', rest = ''] = FORM.exec(text.trim()) ?? []
  if (authority === '')
    throw new UsageError(`--request must be like 'GET http://reviews:9080/x', is ${JSON.stringify(text)}`)
  const secure = scheme.toLowerCase() === 'https'
  const { host, port } = readAddress(authority, secure ? 443 : 80)
  return { method, secure, host, port, authority, target: rest.startsWith('/') ? rest : `/${rest}` }
}

/** `reviews:9080`, `10.0.0.1:80`, `[::1]:80`. @throws UsageError where there is no port and none is assumed */
export function readAddress(text: string, otherwise: number | null): { host: string; port: number } {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? name
  const number = port === undefined ? otherwise : Number(port)
  if (host === undefined || number === null || number < 1 || number > 65535) {
    throw new UsageError(`must be HOST:PORT, is ${JSON.stringify(text)}`)
  }
  return { host: host.toLowerCase(), port: number }
}
