/** What of a request is hashed, so that requests alike meet the same endpoint: a header, a cookie, a query parameter or the caller's address. */
import { queryParameter } from './route-conditions.ts'
import type { ConsistentHash } from './snapshot.ts'

/** What hashing may look at. */
export interface HashableRequest {
  /** As it came, without the question mark; empty where there is none. */
  readonly query: string
  /** Address of whoever sent the request, without the port. */
  readonly sourceIp: string
  /** @param name in lower case */
  header(name: string): string | undefined
}

/** @returns null where the request lacks it: then any endpoint will do, as in Envoy */
export function hashKeyOf({ on }: ConsistentHash, request: HashableRequest): string | null {
  switch (on.kind) {
    case 'header':
      return request.header(on.name) ?? null
    case 'cookie':
      return cookieValue(request.header('cookie'), on.name)
    case 'query':
      return queryParameter(request.query, on.name) ?? null
    case 'sourceIp':
      return request.sourceIp === '' ? null : request.sourceIp
  }
}

export interface HashCookie {
  /** To be hashed for this request. */
  readonly value: string
  /** Value of the `set-cookie` field of its answer. */
  readonly setCookie: string
}

/**
 * A cookie for a caller that has none, so that its next request comes to the same endpoint.
 * @returns null where none is to be made: another kind of hash, or no `ttl`, as in Istio
 */
export function newHashCookie({ on }: ConsistentHash, random: () => number): HashCookie | null {
  if (on.kind !== 'cookie' || on.ttlSeconds === null) return null
  const value = hexOf(random()) + hexOf(random())
  // A ttl of 0 is a cookie of the browser's session.
  const age = on.ttlSeconds === 0 ? '' : `; Max-Age=${on.ttlSeconds}`
  const path = on.path === '' ? '' : `; Path=${on.path}`
  return { value, setCookie: `${on.name}="${value}"${age}${path}; HttpOnly` }
}

function hexOf(random: number): string {
  return Math.floor(random * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0')
}

/** First cookie of that name, without the quotes that may stand around its value (RFC 6265, 4.1.1). */
function cookieValue(cookies: string | undefined, name: string): string | null {
  if (cookies === undefined) return null
  let start = 0
  while (start < cookies.length) {
    let end = cookies.indexOf(';', start)
    if (end === -1) end = cookies.length
    while (start < end && cookies.charCodeAt(start) === 0x20) start++
    const after = start + name.length
    if (after < end && cookies.charCodeAt(after) === 0x3d && cookies.startsWith(name, start)) {
      const value = cookies.slice(after + 1, end).trimEnd()
      return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    }
    start = end + 1
  }
  return null
}
