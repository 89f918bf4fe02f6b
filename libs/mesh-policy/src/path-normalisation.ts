/**
 * Istio's path normalisation `BASE`, done before routing and authorisation so that both see what the service will see: `.` and `..` segments
 * are resolved, backslashes become slashes, escapes of unreserved characters are undone and the hexadecimal digits of the others are upper
 * case (RFC 3986, 6.2.2). Escaped slashes and repeated slashes stay as they are: that would be MERGE_SLASHES and DECODE_AND_MERGE_SLASHES.
 */

const UNRESERVED = /[A-Za-z0-9._~-]/

/**
 * @param path origin-form without the query; `*` (OPTIONS) stays as it is
 * @returns null where the path cannot be normalised (no leading slash, a fragment, a broken escape): answer 400
 */
export function normalisePath(path: string): string | null {
  if (path === '*') return path
  if (path.charCodeAt(0) !== 0x2f) return null
  if (isNormal(path)) return path
  if (path.includes('#') || /%(?![0-9A-Fa-f]{2})/.test(path)) return null
  const unescaped = path.replaceAll('\\', '/').replace(/%[0-9A-Fa-f]{2}/g, normaliseEscape)
  return removeDotSegments(unescaped)
}

/** Most paths: nothing in them could need a change. A dot counts only where it may begin a segment. */
function isNormal(path: string): boolean {
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index)
    if (code === 0x25 || code === 0x5c || code === 0x23) return false
    if (code === 0x2e && path.charCodeAt(index - 1) === 0x2f) return false
  }
  return true
}

function normaliseEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return UNRESERVED.test(character) ? character : escape.toUpperCase()
}

function removeDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return `/${kept.join('/')}`
}
