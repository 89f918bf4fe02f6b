/**
 * Istio's path normalisation, done before routing and authorisation so that both see what the service will see. Envoy's order
 * (source/common/http/conn_manager_utility.cc, `maybeNormalizePath`): escaped slashes are undone first, so that dot segments behind them are seen;
 * then RFC 3986 normalisation as Chromium's canonicaliser does it (`.` and `..` resolved, backslashes turned, escapes of unreserved characters undone,
 * characters that a path may not have escaped; the case of hexadecimal digits stays); last, slashes in a row become one.
 * Stricter than Envoy in one thing: a broken escape is refused, where Envoy lets it pass and every service reads it its own way.
 */
import type { PathNormalization } from './snapshot.ts'

const UNRESERVED = /[A-Za-z0-9._~-]/
/** Spaces, controls, `"<>^`{|}` and whatever is not ASCII; a backslash is a slash by then. */
const NEEDS_ESCAPE = /[^!#-;=?-[\]_a-z~]/g
const SLASH = 0x2f

/** Characters that make a path worth a closer look: 1 always, 2 where a slash goes before, which is a dot segment or a slash in a row. */
const LOOK = new Uint8Array(128)
for (const character of '%\\#"<>^`{|}\u007f') LOOK[character.charCodeAt(0)] = 1
for (let control = 0; control <= 0x20; control++) LOOK[control] = 1
LOOK[0x2e] = 2
LOOK[SLASH] = 3

/**
 * @param path origin-form without the query; `*` (OPTIONS) stays as it is
 * @returns null where the path cannot be normalised (no leading slash, a fragment, a broken escape, an escaped NUL): answer 400
 */
export function normalisePath(path: string, mode: PathNormalization = 'BASE'): string | null {
  if (path === '*') return path
  if (path.charCodeAt(0) !== SLASH) return null
  const merges = mode === 'MERGE_SLASHES' || mode === 'DECODE_AND_MERGE_SLASHES'
  if (isNormal(path, merges)) return path
  if (path.includes('#')) return null
  if (mode === 'NONE') return path
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(path)) return null
  const decoded = mode === 'DECODE_AND_MERGE_SLASHES' ? path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\') : path
  const normal = removeDotSegments(canonicalise(decoded))
  return merges ? normal.replace(/\/{2,}/g, '/') : normal
}

/** Most paths: nothing in them could need a change. */
function isNormal(path: string, merges: boolean): boolean {
  let afterSlash = false
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index)
    if (code > 127) return false
    const look = LOOK[code]
    if (look === 1 || (look === 2 && afterSlash) || (look === 3 && afterSlash && merges)) return false
    afterSlash = code === SLASH
  }
  return true
}

function canonicalise(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/%[0-9A-Fa-f]{2}/g, undoUnreserved)
    .replace(NEEDS_ESCAPE, escapeBytes)
}

function undoUnreserved(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return UNRESERVED.test(character) ? character : escape
}

/** A head is read as latin1, so that every character of a path is one byte. */
function escapeBytes(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
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
