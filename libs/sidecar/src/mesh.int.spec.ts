/** Two sidecars and more, over real TLS and a real NATS. */
import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import { fetch as undiciFetch, type RequestInit } from 'undici'
import * as z from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from './testing/certificates.ts'
import { eventually } from './testing/eventually.ts'
import { TestMesh, type RunningWorkload } from './testing/mesh.ts'
import { clusterOf, outboundTo } from './testing/snapshots.ts'

let mesh: TestMesh
let caller: RunningWorkload

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  caller = await mesh.run('orders', 'orders-1')
})
afterAll(async () => {
  await mesh.stop()
})

const call = (url: string, init: RequestInit = {}) =>
  undiciFetch(url, { ...init, dispatcher: caller.sidecar.dispatcher })

describe('a call through the mesh', () => {
  it('reaches a service by its short name over mTLS, and the service knows who called', async () => {
    await mesh.define('inventory', 'meshmart')
    const seen: string[] = []
    const { currentRequest } = await import('./telemetry/context.ts')
    const inventory = await mesh.run('inventory', 'inventory-1', (request, response) => {
      seen.push(`${currentRequest()?.peer} ${request.headers.host} ${request.headers.traceparent}`)
      response.end('in stock')
    })
    const response = await call('http://inventory/v1/products?skus=A')
    expect(await response.text()).toBe('in stock')
    expect(response.headers.get('x-mesh-instance')).toBe('inventory-1')
    expect(seen[0]).toMatch(/^cluster\.local\/ns\/meshmart\/sa\/orders inventory 00-[0-9a-f]{32}-[0-9a-f]{16}-03$/)
    await eventually(async () => {
      const line = await readFile(inventory.accessLogFile, 'utf8')
      expect(line).toContain('inbound "GET /v1/products HTTP/1.1" 200')
      expect(line).not.toContain('skus')
    })
    expect(mesh.acknowledgements).toContainEqual(
      expect.objectContaining({ key: 'outbound.meshmart.inventory.meshmart.svc.cluster.local', accepted: true }),
    )
  })

  it('refuses a host that the mesh does not know, and asks no DNS', async () => {
    // The first time the control plane is asked; the second time the answer is known and comes at once.
    for (let index = 0; index < 2; index++) {
      const response = await call('http://example.com/')
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ code: 'mesh-nr', status: 502 })
    }
  })

  it('carries bodies and the deadline', async () => {
    await mesh.define('echo', 'meshmart', { route: { timeoutMs: 5000 } })
    await mesh.run('echo', 'echo-1', (request, response) => {
      response.setHeader('x-deadline', request.headers['x-envoy-expected-rq-timeout-ms'] ?? '')
      request.pipe(response)
    })
    const body = 'x'.repeat(300_000)
    const response = await call('http://echo/', { method: 'POST', body })
    expect((await response.text()).length).toBe(body.length)
    expect(await (await call('http://echo/', { method: 'POST', body: '' })).text()).toBe('')
    expect(await (await call('http://echo/', { method: 'POST' })).text()).toBe('')
    const left = Number(response.headers.get('x-deadline'))
    expect(left).toBeGreaterThan(3000)
    expect(left).toBeLessThanOrEqual(5000)
  })

  it("answers 504 with UT when the route's time is over", async () => {
    await mesh.define('slow', 'meshmart', { route: { timeoutMs: 200 } })
    await mesh.run('slow', 'slow-1', () => undefined)
    const response = await call('http://slow/')
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'mesh-ut' })
  })
})

describe('a call inside a call', () => {
  it('belongs to the same trace, keeps the request id, and has no more time than its cause', async () => {
    await mesh.define('outer', 'meshmart', { route: { timeoutMs: 3000 } })
    await mesh.define('inner', 'meshmart')
    await mesh.run('inner', 'inner-1', (request, response) => {
      const { traceparent, 'x-request-id': id, 'x-envoy-expected-rq-timeout-ms': left, baggage } = request.headers
      response.end(JSON.stringify({ traceparent, id, left, baggage }))
    })
    const outer: RunningWorkload = await mesh.run('outer', 'outer-1', (_request, response) => {
      void undiciFetch('http://inner/', { dispatcher: outer.sidecar.dispatcher })
        .then((answer) => answer.text())
        .then((text) => response.end(text))
    })
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'r-1',
      baggage: 'shop=demo',
    }
    const seen: unknown = await (await call('http://outer/', { headers })).json()
    expect(seen).toMatchObject({
      traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
      id: 'r-1',
      baggage: 'shop=demo',
    })
    const { left } = z.object({ left: z.coerce.number() }).parse(seen)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(3000)
  })
})

describe('what a route says', () => {
  it('fault, redirect and direct response: the service is never asked', async () => {
    let asked = 0
    const listener: RequestListener = (_request, response) => {
      asked++
      response.end()
    }
    for (const service of ['faulty', 'moved', 'closed']) await mesh.run(service, `${service}-1`, listener)
    await mesh.define('faulty', 'meshmart', {
      route: { fault: { abort: { httpStatus: 503, grpcStatus: null, percentage: 100 } } },
    })
    await mesh.define('moved', 'meshmart', { route: { destinations: [], redirect: { uri: '/v2', status: 301 } } })
    await mesh.define('closed', 'meshmart', {
      route: { destinations: [], directResponse: { status: 410, body: 'gone' } },
    })
    const aborted = await call('http://faulty/')
    expect([aborted.status, await aborted.text()]).toEqual([503, 'fault filter abort'])
    const moved = await call('http://moved/v1?x=y', { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([301, 'http://moved/v2?x=y'])
    const closed = await call('http://closed/')
    expect([closed.status, await closed.text()]).toEqual([410, 'gone'])
    expect(asked).toBe(0)
    await eventually(async () => expect(await readFile(caller.accessLogFile, 'utf8')).toMatch(/ 503 FI /))
  })

  it('rewrite, header operations and CORS, there and back', async () => {
    const cors = {
      allowOrigins: [{ kind: 'prefix' as const, value: 'https://' }],
      allowMethods: ['PUT'],
      allowHeaders: [],
      exposeHeaders: [],
      maxAgeSeconds: null,
      allowCredentials: false,
      unmatchedPreflights: 'FORWARD' as const,
    }
    await mesh.define('written', 'meshmart', {
      route: {
        match: [{ uri: { kind: 'prefix', value: '/old' } }],
        rewrite: { uri: '/new', authority: 'else.test' },
        headers: { request: { set: { 'x-tier': 'web' } }, response: { remove: ['x-inner'] } },
        cors,
      },
    })
    await mesh.run('written', 'written-1', (request, response) => {
      response.setHeader('x-inner', 'secret')
      response.end(`${request.headers.host} ${request.url} ${request.headers['x-tier']}`)
    })
    const response = await call('http://written/old/a?b', { headers: { origin: 'https://shop.test' } })
    expect(await response.text()).toBe('else.test /new/a?b web')
    expect(response.headers.get('x-inner')).toBeNull()
    expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.test')
    const headers = { origin: 'https://shop.test', 'access-control-request-method': 'PUT' }
    const preflight = await call('http://written/old', { method: 'OPTIONS', headers })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([200, 'PUT'])
  })

  it('mirror: another service gets a copy over mTLS, and the caller notices nothing', async () => {
    const host = await mesh.define('original', 'meshmart')
    const mirror = await mesh.define('copied', 'meshmart')
    const copies: string[] = []
    await mesh.run('original', 'original-1', (request, response) => void request.pipe(response))
    await mesh.run('copied', 'copied-1', (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        copies.push(`${request.method} ${request.headers.host} ${body}`)
        response.writeHead(500).end()
      })
    })
    const cluster = clusterOf(mirror)
    const snapshot = outboundTo(host, 'meshmart', { route: { mirrors: [{ cluster: cluster.name, percentage: 100 }] } })
    await mesh.put(`outbound.meshmart.${host}`, {
      ...snapshot,
      clusters: { ...snapshot.clusters, [cluster.name]: cluster },
    })
    await eventually(async () => {
      const response = await call('http://original/', { method: 'POST', body: 'order' })
      expect([response.status, await response.text()]).toEqual([200, 'order'])
      expect(copies).toContain('POST original-shadow order')
    })
  })
})

describe('who is refused', () => {
  it("a caller whom no policy allows: 403 in Envoy's words, and a line that names the policy", async () => {
    await mesh.define('vault', 'meshmart')
    const rule = { from: [{ principals: ['cluster.local/ns/meshmart/sa/gateway'] }], to: [] }
    let reached = false
    const listener = (): void => void (reached = true)
    const vault = await mesh.run('vault', 'vault-1', listener, [
      { source: 'AuthorizationPolicy meshmart/vault', action: 'ALLOW', rules: [rule] },
    ])
    const response = await call('http://vault/secret')
    expect(response.status).toBe(403)
    expect(await response.text()).toBe('RBAC: access denied')
    expect(reached).toBe(false)
    await eventually(async () => {
      expect(await readFile(vault.accessLogFile, 'utf8')).toMatch(
        /403 UAEX ".*AuthorizationPolicy meshmart\/vault.*sa\/orders/,
      )
    })
  })

  it('a peer without a certificate, and one of another authority', async () => {
    await mesh.run('door', 'door-1')
    const { ports } = await eventually(() => mesh.endpointOf('door-1'))
    const ask = (options: https.RequestOptions): Promise<string> =>
      new Promise((resolve) => {
        https
          .get(
            { host: '127.0.0.1', port: ports['80'], rejectUnauthorized: false, agent: false, ...options },
            (response) => resolve(`answered ${response.statusCode}`),
          )
          .on('error', (error) => resolve(error.message))
      })
    expect(await ask({})).not.toContain('answered')
    const foreign = await (await makeAuthority('foreign')).issue('spiffe://cluster.local/ns/meshmart/sa/orders')
    expect(await ask({ key: foreign.key, cert: foreign.chain })).not.toContain('answered')
    const elsewhere = await mesh.authority.issue('spiffe://elsewhere.org/ns/meshmart/sa/orders')
    expect(await ask({ key: elsewhere.key, cert: elsewhere.chain })).not.toContain('answered')
    const door = mesh.log('door-1')
    await eventually(() => {
      expect(door.text).toContain('the peer showed no certificate')
      expect(door.text).toMatch(/not trusted: .*(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO|certificate)/)
      expect(door.text).toContain('another trust domain')
    })
  })

  it('an endpoint that proves another identity than the registry says', async () => {
    const host = await mesh.define('impostor', 'meshmart')
    const { key, chain } = await mesh.authority.issue('spiffe://cluster.local/ns/meshmart/sa/somebody')
    let requests = 0
    const server = https.createServer(
      { key, cert: chain, ca: mesh.authority.root, requestCert: true },
      (_request, response) => {
        requests++
        response.end()
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    await mesh.put(`endpoints.${host}`, {
      host,
      endpoints: [
        {
          instance: 'impostor-1',
          address: '127.0.0.1',
          ports: { '80': port },
          identity: 'spiffe://cluster.local/ns/meshmart/sa/impostor',
          transport: 'mtls',
          labels: {},
          locality: '',
          weight: 1,
        },
      ],
    })
    const response = await call('http://impostor/')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('expected spiffe://cluster.local/ns/meshmart/sa/impostor')
    expect(requests).toBe(0)
    server.close()
    server.closeAllConnections()
  })

  it('everything below TLS 1.3', async () => {
    const { ports } = mesh.endpointOf('orders-1')
    const { key, chain } = await mesh.authority.issue('spiffe://cluster.local/ns/meshmart/sa/inventory')
    const outcome = await new Promise<string>((resolve) => {
      const socket = tls.connect({
        host: '127.0.0.1',
        port: ports['80'],
        key,
        cert: chain,
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
      })
      socket.once('secureConnect', () => resolve('connected'))
      socket.once('error', (error) => resolve(error.message))
    })
    expect(outcome).not.toBe('connected')
  })
})
