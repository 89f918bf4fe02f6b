import { describe, expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'

describe('AuthorizationPolicy', () => {
  const rule = (written: string) => placesOf(problemsOf('AuthorizationPolicy', `{rules: [${written}]}`))

  test('everything at once is fine', () => {
    const source =
      '{requestPrincipals: ["*"], notIpBlocks: [10.0.0.0/8], remoteIpBlocks: ["::1"], serviceAccounts: [web, shop/web]}'
    const when =
      '[{key: "request.auth.claims[a][b]", values: [c]}, {key: connection.sni, notValues: [a.org]}, {key: source.serviceAccount, values: [web]}]'
    expect(rule(`{from: [{source: ${source}}], to: [{operation: {paths: ["/a/{*}/{**}"]}}], when: ${when}}`)).toEqual(
      [],
    )
  })

  test.each([
    ['{from: [{source: {ipBlocks: [10.0.0.300]}}]}', 'from[0].source.ipBlocks[0]'],
    ['{from: [{source: {notRemoteIpBlocks: ["::/200"]}}]}', 'from[0].source.notRemoteIpBlocks[0]'],
    ['{from: [{source: {serviceAccounts: ["a*"]}}]}', 'from[0].source.serviceAccounts[0]'],
    ['{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}', 'from[0].source.serviceAccounts'],
    ['{from: []}', 'from'],
    ['{to: []}', 'to'],
    ['{to: [{operation: {ports: ["65536"]}}]}', 'to[0].operation.ports[0]'],
    ['{when: [{key: request.size, values: ["1"]}]}', 'when[0].key'],
    ['{when: [{key: destination.port, values: [a]}]}', 'when[0].values[0]'],
    ['{when: [{key: source.ip, notValues: [""]}]}', 'when[0].notValues[0]'],
    ['{when: [{key: source.ip}]}', 'when[0]'],
  ])('%s', (written, path) => {
    expect(rule(written)).toContain(`error spec.rules[0].${path}`)
  })

  test.each([
    ['{action: CUSTOM, provider: {name: a}}', 'error spec.action'],
    [
      '{action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {principals: [a]}}]}]}',
      'error spec.rules[0].from[0].source.principals',
    ],
    [
      '{action: CUSTOM, provider: {name: a}, rules: [{when: [{key: "request.auth.claims[a]", values: [b]}]}]}',
      'error spec.rules[0].when[0].key',
    ],
    ['{action: DENY, provider: {name: a}, rules: [{}]}', 'error spec.provider'],
  ])('%s', (spec, place) => {
    expect(placesOf(problemsOf('AuthorizationPolicy', spec))).toContain(place)
  })

  test('a dry run would be enforced, so it is refused', () => {
    const problems = problemsOf('AuthorizationPolicy', '{}', '{name: a, annotations: {istio.io/dry-run: "true"}}')
    expect(placesOf(problems)).toEqual(['error metadata.annotations."istio.io/dry-run"'])
  })
})

describe('RequestAuthentication', () => {
  const rule = (written: string) => placesOf(problemsOf('RequestAuthentication', `{jwtRules: [${written}]}`))
  test.each([
    ['{jwksUri: "https://a/b"}', 'issuer'],
    ['{issuer: a, jwksUri: "ftp://a/b"}', 'jwksUri'],
    ['{issuer: a, jwks: "{}"}', 'jwks'],
    ['{issuer: a, jwks: \'{"keys":[{"kty":"RSA","d":"x"}]}\'}', 'jwks'],
    ['{issuer: a, jwks: \'{"keys":[]}\', fromHeaders: [{name: "a b"}]}', 'fromHeaders[0].name'],
    [
      '{issuer: a, jwks: \'{"keys":[]}\', outputClaimToHeaders: [{header: "a:b", claim: c}]}',
      'outputClaimToHeaders[0].header',
    ],
    ['{issuer: a, jwks: \'{"keys":[]}\', timeout: 0s}', 'timeout'],
    ['{issuer: a, jwks: \'{"keys":[]}\', audiences: [""]}', 'audiences[0]'],
  ])('%s', (written, path) => {
    expect(rule(written)).toContain(`error spec.jwtRules[0].${path}`)
  })

  test('without keys there is nobody to ask', () => {
    expect(rule('{issuer: a}')).toEqual(['error spec.jwtRules[0]'])
  })
})

test.each([
  ['{portLevelMtls: {"80": {mode: STRICT}}}', 'error spec.portLevelMtls'],
  ['{selector: {matchLabels: {app: a}}, portLevelMtls: {"0": {mode: STRICT}}}', 'error spec.portLevelMtls.0'],
])('PeerAuthentication %s', (spec, place) => {
  expect(placesOf(problemsOf('PeerAuthentication', spec))).toEqual([place])
})
