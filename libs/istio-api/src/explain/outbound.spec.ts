import { expect, test } from 'vitest'
import { ask, meshOf, type Asked } from './testing/ask.ts'

const service = (name: string, ip: string, ports: string, more = '') =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {clusterIP: ${ip}, selector: {app: ${name}}, ports: [${ports}]${more}}}`
const pod = (name: string, ip: string, version: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}-${version}, namespace: default, labels: {app: ${name}, version: ${version}}}, status: {podIP: ${ip}}}`
const SERVICES = [
  service('web', '10.0.0.1', '{name: http, port: 80}'),
  service('db', '10.0.0.2', '{name: tcp, port: 5432}'),
  service('sniffed', '10.0.0.3', '{name: any, port: 8080}'),
  service('secure', '10.0.0.4', '{name: https, port: 443}'),
  service('headless', 'None', '{name: tcp, port: 9000}'),
  pod('web', '10.1.0.1', 'v1'),
  pod('web', '10.1.0.2', 'v2'),
  pod('headless', '10.1.0.3', 'v1'),
  `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec: {hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}`,
].join('\n---\n')
const policy = (mode: string) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "outboundTrafficPolicy: {mode: ${mode}}"}}`

const mesh = meshOf(SERVICES)
const open = meshOf(SERVICES, policy('ALLOW_ANY'))
const WEB = 'outbound|80||web.default.svc.cluster.local'

test.each<[string, Asked, string, string | null, string]>([
  ['by its name', { to: 'web:80' }, '0.0.0.0_80', 'web.default.svc.cluster.local:80', WEB],
  ['by its address', { to: '10.0.0.1:80' }, '0.0.0.0_80', 'web.default.svc.cluster.local:80', WEB],
  [
    'from another namespace',
    { to: 'web.default:80', namespace: 'other' },
    '0.0.0.0_80',
    'web.default.svc.cluster.local:80',
    WEB,
  ],
  ['HTTP/2 alike', { to: 'web:80', http2: true }, '0.0.0.0_80', 'web.default.svc.cluster.local:80', WEB],
  [
    'TCP at the address of the service',
    { to: 'db:5432', tcp: true },
    '10.0.0.2_5432',
    null,
    'outbound|5432||db.default.svc.cluster.local',
  ],
  [
    'HTTP through a port of TCP',
    { to: 'db:5432' },
    '10.0.0.2_5432',
    null,
    'outbound|5432||db.default.svc.cluster.local',
  ],
  [
    'a port without a protocol, HTTP',
    { to: 'sniffed:8080' },
    '10.0.0.3_8080',
    'sniffed.default.svc.cluster.local:8080',
    'outbound|8080||sniffed.default.svc.cluster.local',
  ],
  [
    'the same, other bytes',
    { to: 'sniffed:8080', tcp: true },
    '10.0.0.3_8080',
    null,
    'outbound|8080||sniffed.default.svc.cluster.local',
  ],
  [
    'TLS as it is',
    { to: 'secure:443', connection: { security: 'tls', sni: 'secure' } },
    '10.0.0.4_443',
    null,
    'outbound|443||secure.default.svc.cluster.local',
  ],
  [
    'a pod of a headless service',
    { to: 'headless:9000', tcp: true },
    '10.1.0.3_9000',
    null,
    'outbound|9000||headless.default.svc.cluster.local',
  ],
  [
    'a ServiceEntry by its server name',
    { to: '8.8.8.8:443', tcp: true, connection: { security: 'tls', sni: 'api.example.com' } },
    '0.0.0.0_443',
    null,
    'outbound|443||api.example.com',
  ],
  [
    'another server name',
    { to: '8.8.8.8:443', tcp: true, connection: { security: 'tls', sni: 'nobody.example.com' } },
    '0.0.0.0_443',
    null,
    'BlackHoleCluster',
  ],
  ['nobody', { to: '8.8.8.8:7', tcp: true }, 'virtualOutbound', null, 'BlackHoleCluster'],
])('%s', async (_what, asked, listener, virtualHost, cluster) => {
  const found = await ask(mesh, asked)
  expect(found).toMatchObject({ listener: { name: listener }, virtualHost, error: null })
  expect(found.destinations.map((each) => each.cluster)).toEqual([cluster])
})

test('an unknown host is 502 here, and passes where the mesh lets it', async () => {
  expect(await ask(mesh, { to: '8.8.8.8:80', host: 'nobody.example.com' })).toMatchObject({
    virtualHost: 'block_all',
    destinations: [],
    response: { status: 502 },
  })
  expect(await ask(open, { to: '8.8.8.8:80', host: 'nobody.example.com' })).toMatchObject({
    virtualHost: 'allow_any',
    destinations: [{ cluster: 'PassthroughCluster' }],
    response: null,
  })
})

const ROUTES = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http:
    - name: canary
      match: [{uri: {prefix: /api}, headers: {end-user: {exact: jason}}}]
      rewrite: {uri: /v2, authority: other.example.com}
      headers: {request: {set: {x-canary: "1"}, remove: [x-old]}}
      timeout: 5s
      retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}
      mirror: {host: db, port: {number: 5432}}
      mirrorPercentage: {value: 10}
      route: [{destination: {host: web, subset: v2}}]
    - match: [{uri: {exact: /old}}]
      redirect: {uri: /new, redirectCode: 302}
    - match: [{uri: {exact: /teapot}}]
      directResponse: {status: 418, body: {string: short and stout}}
    - match: [{uri: {exact: /broken}}]
      fault: {abort: {httpStatus: 555, percentage: {value: 100}}}
      route: [{destination: {host: web}}]
    - match: [{method: {exact: GET}}]
      route:
        - {destination: {host: web, subset: v1}, weight: 90}
        - {destination: {host: web, subset: v2}, weight: 10, headers: {request: {add: {x-v: "2"}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec: {host: web, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}`
const routed = meshOf(SERVICES, ROUTES)

test('a route: what fits, why the earlier ones do not, and what the peer receives', async () => {
  expect(
    await ask(routed, { to: 'web:80', target: '/api/x?q=1', fields: { 'end-user': 'jason', 'x-old': 'a' } }),
  ).toMatchObject({
    virtualService: 'default/web',
    route: 'canary',
    match: { clause: { uri: { kind: 'prefix', value: '/api' } }, earlier: [] },
    rewrite: { uri: '/v2', authority: 'other.example.com' },
    headers: { request: { set: { 'x-canary': '1' }, add: {}, remove: ['x-old'] } },
    timeout: '5s',
    retries: { attempts: 3, perTryTimeout: '2s', retryOn: '5xx' },
    mirror: [{ cluster: 'outbound|5432||db.default.svc.cluster.local', percentage: 10 }],
    destinations: [{ subset: 'v2', weight: 100, endpoints: ['10.1.0.2:80'], tls: 'ISTIO_MUTUAL' }],
    upstream: {
      method: 'GET',
      path: '/v2/x?q=1',
      authority: 'other.example.com',
      headers: { 'end-user': 'jason', 'x-canary': '1' },
    },
  })
  const other = await ask(routed, { to: 'web:80', target: '/api/x' })
  expect(other.route).toBe('4')
  expect(other.match?.earlier[0]).toEqual({ route: 'canary', reason: expect.stringContaining('end-user: missing') })
  expect(other.match?.earlier[1]?.reason).toContain('is /api/x')
  expect(other.destinations.map(({ subset, weight }) => [subset, weight])).toEqual([
    ['v1', 90],
    ['v2', 10],
  ])
})

test.each([
  ['/old', { status: 302, location: 'http://web:80/new' }],
  ['/teapot', { status: 418, body: 'short and stout' }],
  ['/broken', { status: 555 }],
])('%s is answered by the mesh', async (target, response) => {
  expect(await ask(routed, { to: 'web:80', target })).toMatchObject({ response, upstream: null, error: null })
})

test('what no route takes is 404', async () => {
  expect(await ask(routed, { to: 'web:80', method: 'POST' })).toMatchObject({
    error: 'NoRoute',
    response: { status: 404 },
  })
})

test('a path is judged as the service will see it', async () => {
  const found = await ask(routed, { to: 'web:80', target: '/x/../old' })
  expect(found.response?.status).toBe(302)
})

test('a Sidecar hides what it does not import', async () => {
  const sidecar = `{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default}, spec: {egress: [{hosts: ["./db.default.svc.cluster.local"]}]}}`
  const hidden = meshOf(SERVICES, sidecar)
  expect((await ask(hidden, { to: '10.0.0.1:80' })).destinations).toMatchObject([{ cluster: 'BlackHoleCluster' }])
  expect((await ask(hidden, { to: 'db:5432', tcp: true })).destinations).toMatchObject([{ port: 5432 }])
})
