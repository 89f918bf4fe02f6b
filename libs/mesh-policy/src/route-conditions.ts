/** What a route may ask of a request beside its path. All of it must fit. Made once per snapshot; asking allocates only the query parameters. */
import { claimFits, type JwtClaims } from './jwt.ts'
import type { Reader } from './reader.ts'
import type { RouteMatch, StringMatch } from './snapshot.ts'
import { prepareStringMatch, type StringMatcher } from './string-match.ts'

/** What routing may look at. */
export interface RoutableRequest {
  readonly method: string
  /** Normalised (see `normalisePath`), without the query. */
  readonly path: string
  /** As it came, without the question mark; empty where there is none. */
  readonly query: string
  /** The `Host` field or the authority of an absolute target, as it came. */
  readonly authority: string
  /** Of a verified token; not there where nobody verifies any. */
  readonly jwtClaims?: JwtClaims | null
  /** @param name in lower case */
  header(name: string): string | undefined
}

interface NamedMatcher {
  readonly name: string
  readonly matcher: StringMatcher
}
interface PreparedClaim {
  readonly path: readonly string[]
  readonly matcher: StringMatcher
  readonly wanted: boolean
}
interface Absence extends NamedMatcher {
  /** Whether a request without the field fits: Envoy compares a missing field as an empty one (`treat_missing_header_as_empty`). */
  readonly missingFits: boolean
}

export class RouteConditions {
  readonly method: StringMatcher | null
  readonly authority: StringMatcher | null
  /** 0 is any. */
  readonly port: number
  readonly headers: readonly NamedMatcher[]
  readonly withoutHeaders: readonly Absence[]
  readonly queryParams: readonly NamedMatcher[]
  readonly claims: readonly PreparedClaim[]

  constructor(match: RouteMatch, reader: Reader) {
    this.method = match.method === undefined ? null : prepareStringMatch(match.method)
    this.authority = match.authority === undefined ? null : prepareStringMatch(match.authority)
    this.port = match.port === undefined || reader.port !== undefined ? 0 : match.port
    this.headers = prepareNamed(match.headers, (name) => name.toLowerCase())
    this.withoutHeaders = prepareNamed(match.withoutHeaders, (name) => name.toLowerCase()).map(
      ({ name, matcher, isPresence }) => ({ name, matcher, missingFits: isPresence || !matcher.matches('') }),
    )
    this.queryParams = prepareNamed(match.queryParams, (name) => name)
    this.claims = (match.claims ?? []).map(({ path, value, invert }) => {
      return { path, matcher: prepareStringMatch(value), wanted: invert !== true }
    })
  }

  get isEmpty(): boolean {
    const named = this.headers.length + this.withoutHeaders.length + this.queryParams.length + this.claims.length
    return this.method === null && this.authority === null && this.port === 0 && named === 0
  }

  fit(request: RoutableRequest): boolean {
    if (this.method !== null && !this.method.matches(request.method)) return false
    if (this.authority !== null && !this.authority.matches(request.authority)) return false
    if (this.port !== 0 && this.port !== portOfAuthority(request.authority)) return false
    for (const { name, matcher } of this.headers) {
      const value = request.header(name)
      if (value === undefined || !matcher.matches(value)) return false
    }
    for (const { name, matcher, missingFits } of this.withoutHeaders) {
      const value = request.header(name)
      if (value === undefined ? !missingFits : matcher.matches(value)) return false
    }
    for (const { name, matcher } of this.queryParams) {
      const value = queryParameter(request.query, name)
      if (value === undefined || !matcher.matches(value)) return false
    }
    return this.claims.length === 0 || this.#claimsFit(request.jwtClaims ?? NO_CLAIMS)
  }

  #claimsFit(claims: JwtClaims): boolean {
    return this.claims.every(({ path, matcher, wanted }) => {
      return claimFits(claims, path, (value) => matcher.matches(value)) === wanted
    })
  }
}

const NO_CLAIMS: JwtClaims = {}

/** Null where the path alone decides. @throws SyntaxError where an expression is not RE2 */
export function prepareConditions(match: RouteMatch, reader: Reader): RouteConditions | null {
  const conditions = new RouteConditions(match, reader)
  return conditions.isEmpty ? null : conditions
}

/** The first value of a query parameter as it stands in the target: not decoded, as Envoy compares it. */
export function queryParameter(query: string, name: string): string | undefined {
  let start = 0
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end === -1) end = query.length
    if (query.startsWith(name, start)) {
      const after = start + name.length
      if (after === end) return ''
      if (query.charCodeAt(after) === 0x3d && after < end) return query.slice(after + 1, end)
    }
    start = end + 1
  }
  return undefined
}

function prepareNamed(
  matches: Readonly<Record<string, StringMatch>> | undefined,
  fold: (name: string) => string,
): (NamedMatcher & { isPresence: boolean })[] {
  return Object.entries(matches ?? {}).map(([name, match]) => {
    // Istio takes the expression `*`, which RE2 does not know, for "is there".
    const isPresence = match.value === (match.kind === 'regex' ? '*' : '') && match.kind !== 'exact'
    const written: StringMatch = isPresence ? { kind: 'prefix', value: '' } : match
    return { name: fold(name), matcher: prepareStringMatch(written), isPresence }
  })
}

/** Listeners here speak plain HTTP unless their port is known, so that 80 is what is not said. */
export function portOfAuthority(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon === -1 || authority.indexOf(']', colon) !== -1 ? 80 : Number(authority.slice(colon + 1))
}
