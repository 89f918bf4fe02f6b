import type { Findings } from '../problem.ts'
import type { FieldPath, JwtRuleSpec, RequestAuthenticationSpec } from '../resource.ts'
import { checkDuration, checkHeaderName } from './values.ts'

/** What the schema cannot say about a RequestAuthentication: who issues, where the keys come from, where the token stands. */
export function checkRequestAuthentication(spec: RequestAuthenticationSpec, findings: Findings): void {
  for (const [index, rule] of (spec.jwtRules ?? []).entries()) checkRule(rule, ['spec', 'jwtRules', index], findings)
}

function checkRule(rule: JwtRuleSpec, path: FieldPath, findings: Findings): void {
  if ((rule.issuer ?? '') === '') findings.error([...path, 'issuer'], 'must name who issues the tokens')
  checkKeys(rule, path, findings)
  for (const field of ['audiences', 'fromParams', 'fromCookies'] as const) {
    for (const [index, value] of (rule[field] ?? []).entries()) {
      if (value === '') findings.error([...path, field, index], 'must not be empty')
    }
  }
  for (const [index, { name }] of (rule.fromHeaders ?? []).entries()) {
    checkHeaderName(name, [...path, 'fromHeaders', index, 'name'], findings)
  }
  for (const [index, { header, claim }] of (rule.outputClaimToHeaders ?? []).entries()) {
    const place = [...path, 'outputClaimToHeaders', index]
    if (!/^[-_A-Za-z0-9]+$/.test(header)) findings.error([...place, 'header'], 'must be letters, digits, - and _')
    if (claim === '') findings.error([...place, 'claim'], 'must not be empty')
  }
  if (rule.outputPayloadToHeader !== undefined) {
    checkHeaderName(rule.outputPayloadToHeader, [...path, 'outputPayloadToHeader'], findings)
  }
  checkDuration(rule.timeout, [...path, 'timeout'], findings, 1)
}

/** Istio would ask the issuer's discovery document where neither is given; no process here asks a host that nobody named. */
function checkKeys(rule: JwtRuleSpec, path: FieldPath, findings: Findings): void {
  const uri = rule.jwksUri ?? rule.jwks_uri
  if ((uri ?? '') === '' && (rule.jwks ?? '') === '')
    findings.error(path, 'needs jwksUri or jwks: the keys of the issuer')
  if (uri !== undefined && rule.jwks !== undefined) findings.error(path, 'must have jwksUri or jwks, not both')
  if (uri !== undefined && !isHttpUrl(uri)) {
    findings.error([...path, 'jwksUri'], `must be a URL of http or https, is ${JSON.stringify(uri)}`)
  }
  if (rule.jwks === undefined || rule.jwks === '') return
  const keys = keysOf(rule.jwks)
  if (keys === null) findings.error([...path, 'jwks'], 'must be a JSON Web Key Set, {"keys": […]}')
  else if (keys.some((key) => key['d'] !== undefined || key['kty'] === 'oct')) {
    findings.error([...path, 'jwks'], 'holds a private key; only public keys belong here')
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
