/** Claims of a verified token, as policies ask for them. */

export type JwtClaims = Readonly<Record<string, unknown>>

/** Claims that are one text with spaces between their values. Istio has Envoy split them (`normalize_payload_in_metadata`). */
const SPACE_DELIMITED: ReadonlySet<string> = new Set(['scope', 'permission'])

/** The value at a path such as `['realm', 'roles']`; undefined where there is none. */
export function claimOf(claims: JwtClaims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** Whether a claim, or an element of a claim that is a list, passes. Only texts are compared, as in Istio. */
export function claimFits(claims: JwtClaims, path: readonly string[], test: (value: string) => boolean): boolean {
  const value = claimOf(claims, path)
  if (typeof value === 'string') {
    if (path.length === 1 && SPACE_DELIMITED.has(path[0] ?? '')) return value.split(' ').some((word) => test(word))
    return test(value)
  }
  return Array.isArray(value) && value.some((element) => typeof element === 'string' && test(element))
}

/** `[a][b]` as a path; null where it is not of that form. */
export function parseClaimPath(brackets: string): readonly string[] | null {
  if (!/^(?:\[[^[\]]+\])+$/.test(brackets)) return null
  return brackets.slice(1, -1).split('][')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
