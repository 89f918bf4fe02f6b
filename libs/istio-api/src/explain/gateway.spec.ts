import { expect, test } from 'vitest'
import { ask, meshOf, type Asked } from './testing/ask.ts'

const MESH = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
    - {port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com], tls: {httpsRedirect: true}}
    - {port: {number: 8080, name: plain, protocol: HTTP}, hosts: ["*.example.com"]}
    - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [shop.example.com], tls: {mode: SIMPLE, credentialName: c}}
    - {port: {number: 443, name: mutual, protocol: HTTPS}, hosts: [partner.example.com], tls: {mode: MUTUAL, credentialName: d}}
    - {port: {number: 8443, name: through, protocol: TLS}, hosts: [raw.example.com], tls: {mode: PASSTHROUGH}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com, partner.example.com]
  gateways: [edge]
  http: [{match: [{uri: {prefix: /api}}], rewrite: {uri: /}, route: [{destination: {host: api}}]}, {route: [{destination: {host: web}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: first, namespace: shop}
spec: {hosts: [shop.example.com], gateways: [edge], http: [{match: [{uri: {exact: /first}}], route: [{destination: {host: first}}]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: raw, namespace: shop}
spec:
  hosts: [raw.example.com]
  gateways: [edge]
  tls: [{match: [{sniHosts: [raw.example.com]}], route: [{destination: {host: raw, port: {number: 443}}}]}]
---
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: first, namespace: shop}, spec: {ports: [{name: http, port: 80}]}}`
const mesh = meshOf(MESH)
const gateway = { side: 'gateway', namespace: 'shop', labels: { istio: 'ingressgateway' } } as const
const tls = (sni: string) => ({ security: 'tls', sni }) as const

test.each<[string, Asked, string | null, string | null]>([
  ['plain HTTP', { to: '1.1.1.1:8080', host: 'shop.example.com' }, null, 'outbound|80||web.shop.svc.cluster.local'],
  [
    'a VirtualService of its own for one path',
    { to: '1.1.1.1:8080', host: 'shop.example.com', target: '/first' },
    null,
    'outbound|80||first.shop.svc.cluster.local',
  ],
  [
    'HTTPS',
    { to: '1.1.1.1:443', host: 'shop.example.com', target: '/api/x', connection: tls('shop.example.com') },
    null,
    'outbound|80||api.shop.svc.cluster.local',
  ],
  [
    'TLS that goes through',
    { to: '1.1.1.1:8443', tcp: true, connection: tls('raw.example.com') },
    null,
    'outbound|443||raw.shop.svc.cluster.local',
  ],
  ['a port that nobody opens', { to: '1.1.1.1:81' }, 'NoListener', null],
  [
    'a name that no server has',
    { to: '1.1.1.1:443', host: 'x.example.com', connection: tls('x.example.com') },
    'NoFilterChain',
    null,
  ],
  ['no TLS', { to: '1.1.1.1:443', host: 'shop.example.com' }, 'NoFilterChain', null],
  [
    'no client certificate',
    { to: '1.1.1.1:443', host: 'partner.example.com', connection: tls('partner.example.com') },
    'MtlsRequired',
    null,
  ],
  ['a host without a VirtualService', { to: '1.1.1.1:8080', host: 'x.example.com' }, 'NoVirtualHost', null],
  ['bytes that are no HTTP', { to: '1.1.1.1:8080', tcp: true }, 'ProtocolError', null],
])('%s', async (_what, asked, error, cluster) => {
  const found = await ask(mesh, { ...gateway, ...asked })
  expect(found.error).toBe(error)
  expect(found.destinations[0]?.cluster ?? null).toBe(cluster)
})

test('a server that sends to https', async () => {
  expect(await ask(mesh, { ...gateway, to: '1.1.1.1:80', host: 'shop.example.com', target: '/a?b' })).toMatchObject({
    gateway: 'shop/edge',
    error: 'TlsRequired',
    response: { status: 301, location: 'https://shop.example.com/a?b' },
  })
})

test('what the service receives', async () => {
  const found = await ask(mesh, {
    ...gateway,
    to: '1.1.1.1:443',
    host: 'shop.example.com',
    target: '/api/x',
    connection: tls('shop.example.com'),
  })
  expect(found).toMatchObject({
    gateway: 'shop/edge',
    virtualHost: 'shop.example.com:443',
    virtualService: 'shop/shop',
    upstream: { path: '//x' },
  })
})

test('behind a Service, the gateway listens where its pods do', async () => {
  const inFront = `{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: shop}, spec: {selector: {istio: ingressgateway}, ports: [{name: http, port: 8080, targetPort: 18080}]}}`
  const behind = meshOf(MESH, inFront)
  expect((await ask(behind, { ...gateway, to: '1.1.1.1:18080', host: 'shop.example.com' })).error).toBeNull()
  expect((await ask(behind, { ...gateway, to: '1.1.1.1:8080', host: 'shop.example.com' })).error).toBe('NoListener')
})

test('policies of the gateway', async () => {
  const deny = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: deny, namespace: shop}, spec: {selector: {matchLabels: {istio: ingressgateway}}, action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}}`
  const found = await ask(meshOf(MESH, deny), {
    ...gateway,
    to: '1.1.1.1:8080',
    host: 'shop.example.com',
    method: 'DELETE',
  })
  expect(found).toMatchObject({
    authorization: { decision: 'DENY', policy: 'AuthorizationPolicy shop/deny' },
    response: { status: 403 },
    upstream: null,
  })
})

test.each([
  [0, 'DENY'],
  [1, 'ALLOW'],
])('the client is who %i trusted proxies say: %s', async (count, decision) => {
  const config = `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "defaultConfig: {gatewayTopology: {numTrustedProxies: ${count}}}"}}`
  const allow = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: allow, namespace: shop}, spec: {rules: [{from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]}]}}`
  const fields = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }
  const connection = { sourceIp: '10.0.0.9' }
  const found = await ask(meshOf(MESH, allow, config), {
    ...gateway,
    to: '1.1.1.1:8080',
    host: 'shop.example.com',
    fields,
    connection,
  })
  expect(found.authorization?.decision).toBe(decision)
})
