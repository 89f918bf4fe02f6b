import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { run } from '../testing/run.ts'

const MESH = `apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: default}
spec: {clusterIP: 10.0.0.1, selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec: {hosts: [reviews], http: [{name: old, match: [{headers: {host: {exact: a}}}], route: [{destination: {host: reviews}}]}, {route: [{destination: {host: reviews}}]}]}
`
const KEYS = [
  'listener',
  'gateway',
  'virtualHost',
  'virtualService',
  'route',
  'match',
  'rewrite',
  'headers',
  'fault',
  'mirror',
  'timeout',
  'retries',
  'destinations',
  'upstream',
  'mtls',
  'authentication',
  'authorization',
  'response',
  'error',
]

const explain = async (args: string[], files: Record<string, string> = { 'a.yaml': MESH }) => {
  const { out, exitCode } = await run(['explain', '--batch', '-'], JSON.stringify({ id: 1, files, args }))
  expect(exitCode).toBe(0)
  const answer: { exitCode: number; result: Record<string, unknown> } = JSON.parse(out)
  return answer
}

test.each([
  [['--request', 'GET http://reviews:9080/x']],
  [['--tcp', '1.2.3.4:5']],
  [['--side', 'gateway', '--labels', 'istio=ingressgateway', '--request', 'GET http://x/']],
  [['--side', 'inbound', '--labels', 'app=reviews', '--request', 'GET http://reviews:9080/']],
  [
    [
      '--side',
      'inbound',
      '--labels',
      'app=reviews',
      '--mtls',
      'spiffe://cluster.local/ns/a/sa/b',
      '--tcp',
      'reviews:9080',
    ],
  ],
])('every key is always there: %j', async (args) => {
  const { exitCode, result } = await explain(args)
  expect(exitCode).toBe(0)
  expect(Object.keys(result)).toEqual(KEYS)
})

test('the path is taken as it stands, and another host field counts', async () => {
  const { result } = await explain([
    '--request',
    'PUT http://10.0.0.1:9080/a%2Fb?c=%20',
    '-H',
    'Host: reviews',
    '-H',
    'X-A: b:c',
  ])
  expect(result).toMatchObject({
    virtualHost: 'reviews.default.svc.cluster.local:9080',
    upstream: { method: 'PUT', path: '/a%2Fb?c=%20', authority: 'reviews', headers: { 'x-a': 'b:c' } },
  })
})

test.each([
  [[]],
  [['--request', 'reviews:9080']],
  [['--request', 'GET http://a/', '--tcp', 'a:1']],
  [['--tcp', 'a']],
  [['--request', 'GET http://a:99999/']],
  [['--request', 'GET http://a/', '-H', 'none']],
  [['--request', 'GET http://a/', '--labels', 'x']],
  [['--request', 'GET http://a/', '--jwt-claims', '[']],
  [['--request', 'GET http://a/', '--side', 'elsewhere']],
])('a question that is none ends with 2: %j', async (args) => {
  expect((await explain(args)).exitCode).toBe(2)
})

test('without files there is nobody to ask, and an error in them is exit code 1', async () => {
  expect(await run(['explain', '--request', 'GET http://a/'])).toMatchObject({ exitCode: 3, out: '' })
  const broken = `${MESH}---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: b}\nspec: {hosts: [b], http: [{timeout: soon, route: [{destination: {host: b}}]}]}\n`
  const { exitCode, result } = await explain(['--request', 'GET http://reviews:9080/x'], { 'a.yaml': broken })
  expect(exitCode).toBe(1)
  expect(result).toMatchObject({ virtualHost: 'reviews.default.svc.cluster.local:9080' })
})

test('words say which route, and why not the others', async () => {
  const { out } = await run(['explain', '-', '--request', 'GET http://reviews:9080/x'], MESH)
  expect(out).toContain('route     1 of VirtualService default/reviews')
  expect(out).toContain('not old: headers must fit')
  expect(out).toContain('goes to   outbound|9080||reviews.default.svc.cluster.local (weight 100')
})

test('a token is verified against the keys in the policy', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] })
  const policy = `${MESH}---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: jwt}\nspec: {jwtRules: [{issuer: i, jwks: '${jwks}'}]}\n`
  const sign = (issuer: string) =>
    new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setExpirationTime('1h')
      .sign(privateKey)
  const at = async (token: string) => {
    const args = [
      '--side',
      'inbound',
      '--labels',
      'app=reviews',
      '--mtls',
      'cluster.local/ns/a/sa/b',
      '--request',
      'GET http://reviews:9080/',
      '--jwt',
      token,
    ]
    const { result } = await explain(args, { 'a.yaml': policy })
    return result
  }
  const good = await sign('i')
  expect(await at(good)).toMatchObject({ authentication: { requestPrincipal: 'i/ann' }, response: null })
  const forged = `${good.slice(0, good.lastIndexOf('.'))}.${(await sign('i')).split('.')[2]?.split('').toReversed().join('')}`
  expect(await at(forged)).toMatchObject({ response: { status: 401, body: 'Jwt verification fails' } })
  expect(await at(await sign('other'))).toMatchObject({
    response: { status: 401, body: 'Jwt issuer is not configured' },
  })
  expect(await at('nothing')).toMatchObject({ response: { status: 401 } })
})

test('thousands of cases about the same files are answered in seconds', { timeout: 60_000 }, async () => {
  const line = JSON.stringify({ id: 1, files: { 'a.yaml': MESH }, args: ['--request', 'GET http://reviews:9080/x'] })
  const started = performance.now()
  const { out } = await run(['explain', '--batch', '-'], `${line}\n`.repeat(2000))
  expect(out.trim().split('\n')).toHaveLength(2000)
  expect(performance.now() - started).toBeLessThan(30_000)
})
