/** What the schema cannot say about a RequestAuthentication: who issues, where the keys come from, where the token stands. */
import type { Findings } from '../problem.ts'
import type { FieldPath, JwtRuleSpec, RequestAuthenticationSpec } from '../resource.ts'
import { checkTargets } from './selectors.ts'
import { checkDuration, checkNotEmpty, HEADER_NAME } from './values.ts'

export function checkRequestAuthentication(spec: RequestAuthenticationSpec, findings: Findings): void {
  checkTargets(spec, findings)
  for (const [index, rule] of (spec.jwtRules ?? []).entries()) checkRule(rule, ['spec', 'jwtRules', index], findings)
}

function checkRule(rule: JwtRuleSpec, path: FieldPath, findings: Findings): void {
  checkKeys(rule, path, findings)
  for (const field of ['audiences', 'fromParams', 'fromCookies', 'spaceDelimitedClaims'] as const) {
    checkNotEmpty(rule[field], [...path, field], findings)
  }
  for (const [index, { name }] of (rule.fromHeaders ?? []).entries()) {
    const place = [...path, 'fromHeaders', index, 'name']
    if (name === '') findings.error(place, 'must not be empty')
    else checkFieldName(name, place, findings)
  }
  for (const [index, { header, claim }] of (rule.outputClaimToHeaders ?? []).entries()) {
    const place = [...path, 'outputClaimToHeaders', index]
    if (!/^[-_A-Za-z0-9]+$/.test(header)) findings.error([...place, 'header'], 'must be letters, digits, - and _')
    if (claim === '') findings.error([...place, 'claim'], 'must not be empty')
  }
  if ((rule.outputPayloadToHeader ?? '') !== '') {
    checkFieldName(rule.outputPayloadToHeader ?? '', [...path, 'outputPayloadToHeader'], findings)
  }
  checkDuration(rule.timeout, [...path, 'timeout'], findings)
}

function checkFieldName(name: string, path: FieldPath, findings: Findings): void {
  if (!HEADER_NAME.test(name)) findings.refuse(path, `must be the name of a header, is ${JSON.stringify(name)}`)
}

/** Istio would ask the issuer's discovery document where neither is given; no process here asks a host that nobody named. */
function checkKeys(rule: JwtRuleSpec, path: FieldPath, findings: Findings): void {
  const uri = rule.jwksUri ?? rule.jwks_uri
  const field = rule.jwksUri === undefined ? 'jwks_uri' : 'jwksUri'
  if ((rule.issuer ?? '') === '') {
    const report = (uri ?? '') === '' ? 'error' : 'refuse'
    findings[report]([...path, 'issuer'], 'must name who issues the tokens')
  }
  if ((uri ?? '') === '' && (rule.jwks ?? '') === '')
    findings.refuse(path, 'needs jwksUri or jwks: the keys of the issuer')
  const given = (['jwksUri', 'jwks_uri', 'jwks'] as const).filter((each) => rule[each] !== undefined)
  for (const more of given.slice(1)) findings.error([...path, more], `must not stand beside ${given[0]}`)
  if (uri !== undefined && uri !== '') checkUri(uri, [...path, field], findings)
  if ((rule.jwks ?? '') !== '') checkJwks(rule.jwks ?? '', [...path, 'jwks'], findings)
}

function checkUri(uri: string, path: FieldPath, findings: Findings): void {
  const is = `must be a URL of http or https, is ${JSON.stringify(uri)}`
  if (!/^https?:(?!\/\/[^/?#]*:(?!\d*(?:[/?#]|$))[^\]/?#]*(?:[/?#]|$))/i.test(uri) || /%(?![0-9a-f]{2})/i.test(uri))
    findings.error(path, is)
  else if (!isHttpUrl(uri)) findings.refuse(path, is)
}

function checkJwks(text: string, path: FieldPath, findings: Findings): void {
  const keys = keysOf(text)
  if (keys === null) findings.error(path, 'must be a JSON Web Key Set, {"keys": […]}')
  else if (keys.some((key) => key['d'] !== undefined || key['kty'] === 'oct')) {
    findings.refuse(path, 'holds a private key; only public keys belong here')
  }
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[^\s]*)?$/i.test(text)
}

function keysOf(text: string): Record<string, unknown>[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return null
  return value.keys.every((key): key is Record<string, unknown> => typeof key === 'object' && key !== null)
    ? value.keys
    : null
}
