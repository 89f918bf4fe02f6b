/** The edge: what comes from outside is not believed, the own host is served in process, the rest goes into the mesh; streaming both ways. */
import http from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { currentRequest } from '../telemetry/context.ts'
import { eventually } from '../testing/eventually.ts'
import { freePort } from '../testing/free-ports.ts'
import { TestMesh, type RunningWorkload } from '../testing/mesh.ts'
import { clusterOf, routeTo } from '../testing/snapshots.ts'

let mesh: TestMesh
let gateway: RunningWorkload
let port: number

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  const own = 'gateway.meshmart.svc.cluster.local'
  const other = await mesh.define('my-service', 'meshmart')
  await mesh.run('my-service', 'my-service-1', (request, response) => {
    if (request.url === '/my/stream') {
      response.write('first')
      setTimeout(() => response.end('second'), 300)
      return
    }
    if (request.url === '/my/hints') response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    if (request.method === 'POST') {
      request.pipe(response)
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ headers: request.headers, peer: currentRequest()?.peer }))
  })
  const prefix = (value: string) => [{ uri: { kind: 'prefix' as const, value } }]
  await mesh.put('gateway.istio-ingressgateway', {
    selector: { istio: 'ingressgateway' },
    servers: [
      { source: 'Gateway default/my-gateway', port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
      {
        source: 'Gateway default/secure',
        port: { number: 81, name: 'http-secure', protocol: 'HTTP' },
        hosts: ['default/secure.test'],
        tls: { httpsRedirect: true, mode: null, credentialName: null, minProtocolVersion: 'TLSv1.2' },
      },
    ],
    virtualHosts: [
      {
        hosts: ['shop.test', '127.0.0.1'],
        port: 80,
        routes: [
          routeTo(other, { name: 'mine', match: prefix('/my/') }),
          routeTo(own, { name: 'own', match: prefix('/api/') }),
          routeTo(own, {
            name: 'changed',
            match: prefix('/changed/'),
            rewrite: { uri: '/inner/' },
            headers: {
              request: { set: { 'x-tier': 'edge' } },
              response: { set: { 'x-by': 'edge' }, remove: ['x-inner'] },
            },
            cors: {
              allowOrigins: [{ kind: 'exact', value: 'https://shop.test' }],
              allowMethods: [],
              allowHeaders: [],
              exposeHeaders: [],
              maxAgeSeconds: null,
              allowCredentials: false,
              unmatchedPreflights: 'FORWARD',
            },
          }),
        ],
      },
    ],
    clusters: Object.fromEntries([clusterOf(other), clusterOf(own)].map((cluster) => [cluster.name, cluster])),
  })
  gateway = await mesh.run('gateway', 'gateway-1', (request, response) => {
    if (request.method === 'POST') {
      request.pipe(response)
      return
    }
    const said = {
      served: 'here',
      url: request.url,
      headers: request.headers,
      distinct: request.headersDistinct,
      traceId: currentRequest()?.traceId,
    }
    if (request.url?.startsWith('/inner/') === true)
      response.writeHead(200, { 'x-inner': 'secret', 'x-by': 'application' })
    response.end(JSON.stringify(said))
  })
  port = await freePort()
  await gateway.sidecar.openIngress({ address: '127.0.0.1', port, selector: 'istio-ingressgateway' })
  await eventually(async () => expect((await get('/api/ready')).status).toBe(200))
})
afterAll(async () => {
  await mesh.stop()
})

function get(
  path: string,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string; chunks: number[] }> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, headers: { host: 'shop.test', ...headers }, agent: false }, (response) => {
        const chunks: number[] = []
        let body = ''
        response.on('data', (chunk: Buffer) => {
          chunks.push(Date.now())
          body += chunk.toString()
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, chunks }))
      })
      .on('error', reject)
  })
}

it('serves its own host in process', async () => {
  const { status, body, headers } = await get('/api/products')
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ served: 'here', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(headers['x-request-id']).toBeDefined()
})

it('forwards the rest with its own identity and tells the peer where the request came from', async () => {
  const { status, body, headers } = await get('/my/service')
  expect(status).toBe(200)
  const seen = JSON.parse(body)
  expect(seen.peer).toBe('cluster.local/ns/meshmart/sa/gateway')
  expect(seen.headers).toMatchObject({ host: 'shop.test', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  expect(headers['x-mesh-instance']).toBeUndefined()
})

it.each(['/api/x', '/my/x'])('believes nothing that only the mesh may say (%s)', async (path) => {
  const { body } = await get(path, {
    'X-Customer-Id': 'account:00000000-0000-4000-8000-000000000000',
    'x-forwarded-for': '1.2.3.4',
    'x-request-id': 'mine',
    'x-envoy-expected-rq-timeout-ms': '1',
    traceparent: 'nonsense',
  })
  const { headers } = JSON.parse(body)
  expect(headers['x-customer-id']).toBeUndefined()
  expect(headers['x-forwarded-for']).toBe('127.0.0.1')
  expect(headers['x-request-id']).not.toBe('mine')
  expect(headers['x-envoy-expected-rq-timeout-ms']).toBeUndefined()
  expect(headers.traceparent).not.toBe('nonsense')
})

it('reads the same fields in every form that node has, whatever was taken out of them', async () => {
  const { body } = await get('/api/x', { forwarded: 'for=1.2.3.4', 'x-forwarded-host': 'mine', 'x-kept': 'yes' })
  const { distinct } = JSON.parse(body)
  expect(distinct).toMatchObject({ 'x-kept': ['yes'], 'x-forwarded-for': ['127.0.0.1'] })
  expect(distinct['forwarded'] ?? distinct['x-forwarded-host']).toBeUndefined()
})

it.each(['/api/x', '/my/x'])(
  'tells its own word also of a field that the client calls hop-by-hop (%s)',
  async (path) => {
    const { body } = await get(path, { connection: 'x-forwarded-for, x-forwarded-proto', 'x-forwarded-for': '1.2.3.4' })
    expect(JSON.parse(body).headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  },
)

it('goes on with a trace that came well formed', async () => {
  const { body } = await get('/my/x', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
  expect(JSON.parse(body).headers.traceparent).toContain('0af7651916cd43dd8448eb211c80319c')
})

it.each(['/api/x', '/my/x'])('carries a body, long, short, chunked or empty (%s)', async (path) => {
  const post = (body: string, headers: http.OutgoingHttpHeaders): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port, path, method: 'POST', headers: { host: 'shop.test', ...headers } },
        (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => resolve(`${response.statusCode} ${text}`))
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  const long = 'y'.repeat(500_000)
  expect(await post(long, { 'content-length': long.length })).toBe(`200 ${long}`)
  expect(await post('short', { 'content-length': 5 })).toBe('200 short')
  expect(await post('parts', { 'transfer-encoding': 'chunked' })).toBe('200 parts')
  expect(await post('', { 'content-length': 0 })).toBe('200 ')
})

it('streams: the first bytes do not wait for the last', async () => {
  const { body, chunks } = await get('/my/stream')
  expect(body).toBe('firstsecond')
  expect((chunks.at(-1) ?? 0) - (chunks[0] ?? 0)).toBeGreaterThan(150)
})

it('answers problem details where nothing fits', async () => {
  for (const [path, host] of [
    ['/nowhere', 'shop.test'],
    ['/api/x', 'other.test'],
  ] as const) {
    const { status, headers, body } = await get(path, { host })
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status: 404, code: 'mesh-nr' })
  }
})

it('changes what a route says about its own application too, there and back', async () => {
  const { body, headers } = await get('/changed/a?b', { origin: 'https://shop.test', 'x-tier': 'theirs' })
  expect(JSON.parse(body)).toMatchObject({
    url: '/inner/a?b',
    headers: { 'x-tier': 'edge' },
    distinct: { 'x-tier': ['edge'], 'x-forwarded-proto': ['http'] },
  })
  expect(headers['x-by']).toBe('edge')
  expect(headers['x-inner']).toBeUndefined()
  expect(headers['access-control-allow-origin']).toBe('https://shop.test')
})

it('sends plain requests to https where the Gateway says so', async () => {
  const { status, headers } = await get('/a?b=c', { host: 'Secure.test:8080' })
  expect([status, headers['location']]).toEqual([301, 'https://secure.test/a?b=c'])
})

it('passes early hints on', async () => {
  const hints = await new Promise((resolve, reject) => {
    const request = http.get({
      host: '127.0.0.1',
      port,
      path: '/my/hints',
      headers: { host: 'shop.test' },
      agent: false,
    })
    request.on('information', ({ statusCode, headers }) => resolve([statusCode, headers['link']]))
    request.on('response', (response) => response.resume())
    request.on('error', reject)
  })
  expect(hints).toEqual([103, '</a.css>; rel=preload'])
})

it('names address, port and setting where the port is taken', async () => {
  await expect(
    gateway.sidecar.openIngress({ address: '127.0.0.1', port, selector: 'istio-ingressgateway' }),
  ).rejects.toThrow(`PUBLIC_PORT: 127.0.0.1:${port} is taken`)
})
