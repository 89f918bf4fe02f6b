/** The forms of a request target (RFC 9112 3.2), each only where it may be. */
import { isAuthority } from './grammar.ts'
import { ProtocolError } from './limits.ts'

const SLASH = 47
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i

export interface AbsoluteTarget {
  readonly authority: string
  /** In origin form, or "*" (RFC 9112 3.2.4). */
  readonly target: string
}

/**
 * @returns the parts of an absolute target; null where the target may stay as it is
 * @throws ProtocolError
 */
export function checkTarget(method: string, target: string): AbsoluteTarget | null {
  if (method === 'CONNECT') {
    if (!isAuthority(target) || !target.includes(':')) throw new ProtocolError(400, 'CONNECT without host and port')
    return null
  }
  if (target.charCodeAt(0) === SLASH) return null
  if (target === '*') {
    if (method === 'OPTIONS') return null
    throw new ProtocolError(400, 'the target * is for OPTIONS alone')
  }
  const parts = ABSOLUTE.exec(target)
  if (parts === null) throw new ProtocolError(400, 'the request target is neither a path nor an http URI')
  const [, authority = '', rest = ''] = parts
  // Among others, a user in it is refused (RFC 9110 4.2.4).
  if (!isAuthority(authority)) throw new ProtocolError(400, 'the authority of the request target is not a host')
  if (rest === '') return { authority, target: method === 'OPTIONS' ? '*' : '/' }
  return { authority, target: rest.charCodeAt(0) === SLASH ? rest : `/${rest}` }
}
