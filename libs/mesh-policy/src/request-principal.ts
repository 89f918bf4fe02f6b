/**
 * `requestPrincipals`: `<issuer>/<subject>`. An issuer is often a URL, so that the last slash divides a written value; token and value are compared
 * in both halves. The joined text alone would let the issuer `https://a` with the subject `b/c` pass for the issuer `https://a/b` with the subject `c`.
 * Source: pilot/pkg/security/authz/model/generator.go, `requestPrincipalGenerator.extendedPrincipal`.
 */
import type { AuthorizableRequest } from './authorization-checks.ts'
import type { ValueTest } from './authorization-match.ts'

interface Halves {
  readonly issuer: ValueTest
  readonly subject: ValueTest
}

export function prepareRequestPrincipals(values: readonly string[]): (request: AuthorizableRequest) => boolean {
  const wanted = values.map(prepareHalves)
  return ({ requestPrincipal, jwtClaims }) => {
    if (requestPrincipal === null || jwtClaims === null) return false
    const { iss, sub } = jwtClaims
    if (typeof iss !== 'string' || typeof sub !== 'string') return false
    for (const { issuer, subject } of wanted) if (issuer(iss) && subject(sub)) return true
    return false
  }
}

const isThere: ValueTest = (value) => value !== ''
const is =
  (wanted: string): ValueTest =>
  (value) =>
    value === wanted
const endsWith =
  (suffix: string): ValueTest =>
  (value) =>
    value.endsWith(suffix)
const startsWith =
  (prefix: string): ValueTest =>
  (value) =>
    value.startsWith(prefix)

function prepareHalves(value: string): Halves {
  if (value === '*') return { issuer: isThere, subject: isThere }
  const slash = value.lastIndexOf('/')
  const issuer = slash === -1 ? value : value.slice(0, slash)
  const subject = slash === -1 ? '' : value.slice(slash + 1)
  if (value.startsWith('*')) {
    if (slash === -1) return { issuer: isThere, subject: endsWith(value.slice(1)) }
    return { issuer: issuer === '*' ? isThere : endsWith(issuer.slice(1)), subject: is(subject) }
  }
  if (value.endsWith('*')) {
    if (slash === -1) return { issuer: startsWith(value.slice(0, -1)), subject: isThere }
    return { issuer: is(issuer), subject: subject === '*' ? isThere : startsWith(subject.slice(0, -1)) }
  }
  return { issuer: is(issuer), subject: is(subject) }
}
