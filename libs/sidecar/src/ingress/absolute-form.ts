/**
 * `GET http://myapp.example.com/path`: as clients speak to proxies, and a server must understand it too; then the authority in the target counts and the Host
 * field does not (RFC 9112, 3.2.2).
 */
import type { IncomingMessage } from 'node:http'
import { isAuthority } from '../host-field.ts'

const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i

/**
 * Changes `request` in place to origin-form and its authority.
 * @returns what is wrong with the target, for the log; null where nothing is
 */
export function acceptAbsoluteForm(request: IncomingMessage): string | null {
  const target = request.url ?? '/'
  if (target.startsWith('/')) return null
  const [, authority, rest] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined || rest === undefined) return null
  if (!isAuthority(authority)) return 'the authority of the target is not a host'
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  request.headers.host = authority
  request.rawHeaders = request.rawHeaders.map((part, index, all) =>
    index % 2 === 1 && all[index - 1]?.toLowerCase() === 'host' ? authority : part,
  )
  return null
}
