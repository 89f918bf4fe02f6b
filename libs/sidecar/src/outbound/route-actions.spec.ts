/** What a route does to a request without or before a try: cors, fault, redirect, direct response, rewrite, header operations, mirror. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { IncomingMessage } from 'node:http'
import { eventually } from '../testing/eventually.ts'
import { ReplayableBody } from './request-body.ts'
import { shadowOf } from './mirror.ts'
import { PlainMesh } from './testing/plain-mesh.ts'

let mesh: PlainMesh
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]

beforeEach(async () => {
  mesh = new PlainMesh()
  seen = []
  await mesh.serve((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      response.setHeader('x-service', 'inventory')
      response.end('served')
    })
  })
})
afterEach(() => mesh.close())

describe('cors', () => {
  const cors = {
    allowOrigins: [{ kind: 'exact' as const, value: 'https://shop.test' }],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['content-type'],
    exposeHeaders: ['x-service'],
    maxAgeSeconds: 60,
    allowCredentials: true,
    unmatchedPreflights: 'FORWARD' as const,
  }
  const preflight = (origin: string) => ['origin', origin, 'access-control-request-method', 'POST']

  it('answers a preflight of an allowed origin itself, with 200', async () => {
    const client = await mesh.open({ cors })
    const { status, headers } = await client.call('OPTIONS', '/x', { fields: preflight('https://shop.test') })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.test',
      'access-control-allow-methods': 'GET,POST',
      'access-control-max-age': '60',
      'content-length': '0',
    })
    expect(seen).toEqual([])
  })

  it('lets one of another origin go on, and adds nothing to its answer', async () => {
    const client = await mesh.open({ cors })
    const { body, headers } = await client.call('OPTIONS', '/x', { fields: preflight('https://other.test') })
    expect(body).toBe('served')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it("gives every other answer its fields, the mesh's own too", async () => {
    const client = await mesh.open({ cors })
    const fields = ['origin', 'https://shop.test']
    const served = await client.call('GET', '/x', { fields })
    expect(served.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.test',
      'access-control-expose-headers': 'x-service',
    })
    const nobody = await mesh.open(
      { cors, destinations: [{ cluster: 'outbound|80||gone.test', weight: 1 }] },
      {},
      { 'gone.test': {} },
    )
    const refused = await nobody.call('GET', '/x', { fields })
    expect(refused.status).toBe(503)
    expect(refused.headers['access-control-allow-origin']).toBe('https://shop.test')
  })
})

describe('fault', () => {
  it('answers instead of the service, for its share', async () => {
    const client = await mesh.open({ fault: { abort: { httpStatus: 418, grpcStatus: null, percentage: 30 } } })
    mesh.randoms.push(0.9, 0.9, 0.29)
    const aborted = await client.call('GET', '/')
    expect([aborted.status, aborted.body]).toEqual([418, 'fault filter abort'])
    expect(mesh.ended[0]).toMatchObject({ flag: { code: 'FI' }, status: 418 })
    mesh.randoms.push(0.9, 0.31)
    expect((await client.call('GET', '/')).status).toBe(200)
  })

  it('of gRPC has its status in the head', async () => {
    const client = await mesh.open({ fault: { abort: { httpStatus: 0, grpcStatus: 14, percentage: 100 } } })
    const { status, headers } = await client.call('POST', '/')
    expect([status, headers['grpc-status']]).toEqual([200, '14'])
  })

  it('delays, and the log says so; whoever has gone meanwhile is not served', async () => {
    const client = await mesh.open({ fault: { delay: { fixedDelayMs: 80, percentage: 100 } } })
    const before = performance.now()
    expect((await client.call('GET', '/')).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(70)
    expect(mesh.ended[0]?.flag?.code).toBe('DI')
    const { exchange } = client.begin('GET', '/gone')
    exchange.cancel('the caller went away')
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(seen.map(({ url }) => url)).toEqual(['/'])
  })

  it('delays nobody beyond its deadline', async () => {
    const client = await mesh.open({ fault: { delay: { fixedDelayMs: 5000, percentage: 100 } } })
    const { status } = await client.call('GET', '/', { deadline: Date.now() + 60 })
    expect(status).toBe(504)
  })
})

describe('routes that answer themselves', () => {
  it('redirect', async () => {
    const client = await mesh.open({
      destinations: [],
      redirect: { uri: '/new', authority: 'other.test', status: 308 },
      headers: { response: { set: { 'x-why': 'moved' } } },
    })
    const { status, headers } = await client.call('GET', '/old?x=1')
    expect([status, headers['location'], headers['x-why']]).toEqual([308, 'http://other.test/new?x=1', 'moved'])
  })

  it('direct response, without a length where none may be', async () => {
    const client = await mesh.open({ destinations: [], directResponse: { status: 503, body: 'closed' } })
    const said = await client.call('GET', '/')
    expect([said.status, said.body, said.headers['content-length']]).toEqual([503, 'closed', '6'])
    const empty = await mesh.open({ destinations: [], directResponse: { status: 204, body: '' } })
    expect((await empty.call('GET', '/')).headers).toEqual({})
  })
})

describe('rewrite', () => {
  it('changes path, authority and fields on the way, and fields of the answer', async () => {
    const client = await mesh.open({
      match: [{ uri: { kind: 'prefix', value: '/shop' } }],
      rewrite: { uri: '/v1', authority: 'catalogue.test' },
      headers: {
        request: { set: { 'x-set': 'ours' }, add: { 'x-more': '2' }, remove: ['x-secret'] },
        response: { set: { 'x-service': 'hidden' }, remove: ['date'] },
      },
    })
    const fields = ['x-set', 'theirs', 'x-more', '1', 'x-secret', 's']
    const { headers } = await client.call('GET', '/shop/items?q=1', { fields })
    expect(seen[0]).toMatchObject({
      url: '/v1/items?q=1',
      headers: { host: 'catalogue.test', 'x-set': 'ours', 'x-more': '1, 2', 'x-request-id': 'r-1' },
    })
    expect(seen[0]?.headers['x-secret']).toBeUndefined()
    expect(headers['x-service']).toBe('hidden')
    expect(headers['date']).toBeUndefined()
    expect(mesh.ended[0]?.recordedPath).toBe('/shop/items')
  })
})

describe('mirror', () => {
  const mirrors = [{ cluster: 'outbound|80||mirror.test', percentage: 100 }]
  const copies: string[] = []
  beforeEach(async () => {
    copies.length = 0
    await mesh.serve((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        copies.push(`${request.method} ${request.headers.host}${request.url} ${request.headers['x-a']} ${body}`)
        response.writeHead(500).end('nobody reads this')
      })
    }, 'mirror.test')
  })

  it('sends a copy of head and body, and its answer is nobody’s', async () => {
    const client = await mesh.open({ mirrors }, {}, { 'mirror.test': {} })
    const body = new ReplayableBody(-1, null)
    const call = client.call('POST', '/x?y', { fields: ['x-a', 'b'], body })
    body.push(Buffer.from('one '))
    body.push(Buffer.from('two'))
    body.finish(null)
    expect(await call).toMatchObject({ status: 200, body: 'served' })
    await eventually(() => expect(copies).toEqual(['POST inventory-shadow/x?y b one two']))
    expect(seen[0]?.body).toBe('one two')
    expect(mesh.ended.length).toBe(1)
  })

  it('counts copies that cannot be sent, and nothing else happens', async () => {
    const client = await mesh.open(
      { mirrors: [{ cluster: 'outbound|80||gone.test', percentage: 100 }] },
      {},
      { 'gone.test': {} },
    )
    expect((await client.call('GET', '/')).status).toBe(200)
    expect(client.cluster('gone.test').mirrorFailures).toBe(1)
    const body = 'x'.repeat(100_000)
    expect((await client.call('POST', '/', { body })).status).toBe(200)
    expect(client.cluster('gone.test').mirrorFailures).toBe(2)
  })

  it('tells the mirror by the name', () => {
    expect(['a', 'a:80', '[::1]', '[::1]:80'].map(shadowOf)).toEqual([
      'a-shadow',
      'a-shadow:80',
      '[::1]-shadow',
      '[::1]-shadow:80',
    ])
  })
})
