import { JWT_FAILURES } from '@meshmart/mesh-policy'
import { expect, test } from 'vitest'
import { ask, meshOf } from './testing/ask.ts'

const SERVICE = `{apiVersion: v1, kind: Service, metadata: {name: me, namespace: default}, spec: {selector: {app: me}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}]}}`
const peer = (mode: string) =>
  `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: p, namespace: default}, spec: {mtls: {mode: ${mode}}}}`
const me = { side: 'inbound', labels: { app: 'me' }, address: '10.1.0.1' } as const
const CALLER = 'cluster.local/ns/default/sa/web'
const secured = { plaintext: {}, tls: { security: 'tls' }, mtls: { security: 'mtls', principal: CALLER } } as const

test.each([
  ['STRICT', 8080, 'plaintext', 'NoFilterChain', null],
  ['STRICT', 8080, 'tls', 'MtlsRequired', null],
  ['STRICT', 8080, 'mtls', null, 'inbound|8080||'],
  ['PERMISSIVE', 8080, 'plaintext', null, 'inbound|8080||'],
  ['PERMISSIVE', 8080, 'tls', 'NoFilterChain', null],
  ['PERMISSIVE', 8080, 'mtls', null, 'inbound|8080||'],
  ['DISABLE', 8080, 'plaintext', null, 'inbound|8080||'],
  ['DISABLE', 8080, 'mtls', 'ProtocolError', null],
  ['STRICT', 4000, 'mtls', null, 'InboundPassthroughCluster'],
  ['STRICT', 4000, 'plaintext', 'NoFilterChain', null],
  ['PERMISSIVE', 4000, 'plaintext', null, 'InboundPassthroughCluster'],
] as const)('%s at port %i: %s is %s', async (mode, port, security, error, cluster) => {
  const found = await ask(meshOf(SERVICE, peer(mode)), { ...me, to: `10.1.0.1:${port}`, connection: secured[security] })
  expect(found.error).toBe(error)
  expect(found.destinations[0]?.cluster ?? null).toBe(cluster)
  expect(found.mtls).toMatchObject({ mode, source: 'PeerAuthentication default/p', passes: error === null })
})

test('STRICT where no PeerAuthentication speaks, and a name leads to the port behind the Service', async () => {
  const mesh = meshOf(SERVICE)
  expect(await ask(mesh, { ...me, to: 'me:80' })).toMatchObject({
    error: 'NoFilterChain',
    mtls: { mode: 'STRICT', source: 'default' },
  })
  const found = await ask(mesh, { ...me, to: 'me:80', connection: secured.mtls })
  expect(found).toMatchObject({ listener: { port: 8080 }, virtualHost: 'inbound|http|80' })
})

const POLICIES = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: callers}
spec:
  selector: {matchLabels: {app: me}}
  rules: [{from: [{source: {principals: [${CALLER}]}}], to: [{operation: {methods: [GET], paths: [/a/*]}}]}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: never}
spec: {action: DENY, rules: [{to: [{operation: {paths: [/a/secret]}}]}]}`
const guarded = meshOf(SERVICE, POLICIES)

test.each([
  ['GET', '/a/b', 'ALLOW', 'AuthorizationPolicy default/callers', 0],
  ['GET', '/b/../a/b?q', 'ALLOW', 'AuthorizationPolicy default/callers', 0],
  ['POST', '/a/b', 'DENY', null, null],
  ['GET', '/a/secret', 'DENY', 'AuthorizationPolicy default/never', 0],
] as const)('%s %s: %s', async (method, target, decision, policy, rule) => {
  const found = await ask(guarded, { ...me, to: '10.1.0.1:8080', method, target, connection: secured.mtls })
  expect(found.authorization).toMatchObject({ decision, policy, rule })
  expect(found.authentication?.principal).toBe(CALLER)
  expect(found.response?.status ?? null).toBe(decision === 'DENY' ? 403 : null)
  expect(found.upstream === null).toBe(decision === 'DENY')
})

const JWT = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt}
spec: {jwtRules: [{issuer: issuer.example.com, jwks: '{"keys": []}', outputClaimToHeaders: [{header: x-who, claim: sub}]}]}`
const withTokens = meshOf(SERVICE, JWT)

test.each([
  ['good', { iss: 'issuer.example.com', sub: 'ann' }, null, 'issuer.example.com/ann'],
  ['of another issuer', { iss: 'nobody', sub: 'ann' }, 401, null],
  ['expired', { iss: 'issuer.example.com', sub: 'ann', exp: 1 }, 401, null],
])('claims: %s', async (_what, claims, status, requestPrincipal) => {
  const found = await ask(withTokens, { ...me, to: '10.1.0.1:8080', connection: secured.mtls, claims })
  expect(found.response?.status ?? null).toBe(status)
  expect(found.authentication?.requestPrincipal).toBe(requestPrincipal)
  if (status === null) expect(found.upstream?.headers['x-who']).toBe('ann')
})

test('a token is asked about, refused with its reason, and goes no further where it is good', async () => {
  const asked = {
    ...me,
    to: '10.1.0.1:8080',
    connection: secured.mtls,
    fields: { authorization: 'Bearer a.b.c' },
  } as const
  const failure = JWT_FAILURES.verification
  expect(await ask(withTokens, { ...asked, verify: () => Promise.resolve({ claims: null, failure }) })).toMatchObject({
    response: { status: 401, body: 'Jwt verification fails' },
    authorization: null,
  })
  const claims = { iss: 'issuer.example.com', sub: 'ann' }
  const good = await ask(withTokens, { ...asked, verify: () => Promise.resolve({ claims, failure: null }) })
  expect(good.upstream?.headers).toEqual({ 'x-who': 'ann' })
  const inQuery = { ...asked, fields: {}, target: '/?a=1&access_token=a.b.c' }
  const passed = await ask(withTokens, { ...inQuery, verify: () => Promise.resolve({ claims, failure: null }) })
  expect(passed.upstream?.path).toBe('/?a=1')
})

test('a token that is given stands wherever the rule looks', async () => {
  const elsewhere = meshOf(
    SERVICE,
    JWT.replace('issuer: issuer.example.com,', 'issuer: issuer.example.com, fromHeaders: [{name: x-jwt}],'),
  )
  const asked: string[] = []
  const verify = (token: string) => {
    asked.push(token)
    return Promise.resolve({ claims: { iss: 'issuer.example.com', sub: 'ann' }, failure: null })
  }
  const found = await ask(elsewhere, { ...me, to: '10.1.0.1:8080', connection: secured.mtls, token: 'a.b.c', verify })
  expect(found.authentication?.requestPrincipal).toBe('issuer.example.com/ann')
  expect(asked).toEqual(['a.b.c'])
})
