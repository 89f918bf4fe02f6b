/**
 * Which host a request names. One that names two, or none, or something that is not a host, is refused before anybody looks at it: whoever stands behind us
 * may read it another way (RFC 9112, 3.2). Node itself keeps the first of two and says nothing.
 */
import type { IncomingMessage } from 'node:http'

/** RFC 3986, 3.2.2 and 3.2.3: name or address in brackets, and a port. No user, no path. */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})(?::[0-9]{0,5})?$/

export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text)
}

/** @returns what is wrong with the Host field, for the log; null where nothing is */
export function hostFieldError(request: IncomingMessage): string | null {
  const { rawHeaders } = request
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  if (count > 1) return `${count} Host fields`
  // HTTP/1.0 knows no Host field.
  if (count === 0) return request.httpVersion === '1.1' ? 'no Host field' : null
  return isAuthority(request.headers.host ?? '') ? null : 'the Host field is not a host'
}
