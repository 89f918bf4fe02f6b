/** How tries end and what follows from it: the keep-alive race, retries, limits, upstreams that do not speak HTTP; over real sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type net from 'node:net'
import { eventually } from '../testing/eventually.ts'
import { ReplayableBody } from './request-body.ts'
import { PlainMesh } from './testing/plain-mesh.ts'

let mesh: PlainMesh
beforeEach(() => {
  mesh = new PlainMesh()
})
afterEach(() => mesh.close())

const flagOf = (index = -1): string | undefined => mesh.ended.at(index)?.flag?.code
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** Every connection serves `limit` requests; the next one finds it closing. */
function closingAfter(limit: number, requests: string[]): (socket: net.Socket) => void {
  return (socket) => {
    let served = 0
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      requests.push(data.toString().split(' ')[0] ?? '')
      if (served++ < limit) socket.write(OK)
      else socket.destroy()
    })
  }
}

describe('the keep-alive race', () => {
  it('is never seen by a request that may be repeated, needs no retry policy and counts against nobody', async () => {
    const requests: string[] = []
    await mesh.serveRaw(closingAfter(1, requests))
    const client = await mesh.open(
      { retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } },
      {
        outlierDetection: {
          consecutive5xxErrors: 1,
          intervalMs: 1000,
          baseEjectionTimeMs: 1000,
          maxEjectionPercent: 100,
        },
      },
    )
    for (let index = 0; index < 5; index++) expect((await client.call('GET', '/')).status).toBe(200)
    expect(requests.length).toBe(9)
    expect(mesh.ended.every((exchange) => exchange.tries === 1 && exchange.flag === null)).toBe(true)
    expect(mesh.log.text).not.toContain('ejected')
  })

  it('sends the body again, from its first byte', async () => {
    const requests: string[] = []
    await mesh.serveRaw(closingAfter(1, requests))
    const client = await mesh.open({ retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } })
    for (let index = 0; index < 3; index++)
      expect((await client.call('PUT', '/', { body: 'all of it' })).status).toBe(200)
    const keyed = await client.call('POST', '/', { body: 'all of it', fields: ['idempotency-key', 'k'] })
    expect(keyed.status).toBe(200)
  })

  it('repeats no POST', async () => {
    const requests: string[] = []
    await mesh.serveRaw(closingAfter(1, requests))
    const client = await mesh.open()
    expect((await client.call('POST', '/', { body: 'x' })).status).toBe(200)
    expect((await client.call('POST', '/', { body: 'x' })).status).toBe(503)
    expect([requests.length, flagOf()]).toEqual([2, 'UC'])
  })
})

describe('retries', () => {
  it('go to another endpoint each time', async () => {
    const asked: number[] = []
    for (const number of [1, 2, 3])
      await mesh.serve((_request, response) => {
        asked.push(number)
        response.writeHead(503).end()
      })
    const client = await mesh.open({ retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['5xx'], backoffMs: 1 } })
    const { status } = await client.call('GET', '/')
    expect(status).toBe(503)
    expect(asked.toSorted()).toEqual([1, 2, 3])
    expect(client.cluster().breakers).toMatchObject({ retries: 0, requests: 0 })
  })

  it('stop where the service says that it has too much to do', async () => {
    let asked = 0
    await mesh.serve((_request, response) => {
      asked++
      response.writeHead(503, { 'x-envoy-overloaded': 'true' }).end()
    })
    const client = await mesh.open({ retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['5xx'], backoffMs: 1 } })
    expect((await client.call('GET', '/')).status).toBe(503)
    expect(asked).toBe(1)
  })

  it('a refused connection: UF with the reason, and URX when the tries are used up', async () => {
    await mesh.serveNobody()
    const none = await mesh.open({ retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } })
    const { body } = await none.call('GET', '/')
    expect(flagOf()).toBe('UF')
    expect(body).toContain('ECONNREFUSED')
    const two = await mesh.open({
      retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['connect-failure'], backoffMs: 1 },
    })
    expect((await two.call('POST', '/', { body: 'x' })).status).toBe(503)
    expect([flagOf(), mesh.ended.at(-1)?.tries]).toEqual(['URX', 3])
  })

  it('are as many at once as the limit says', async () => {
    await mesh.serve((_request, response) => void setTimeout(() => response.writeHead(503).end(), 20))
    const client = await mesh.open(
      { retries: { attempts: 1, perTryTimeoutMs: 0, retryOn: ['5xx'], backoffMs: 200 } },
      { connectionPool: { maxRetries: 1 } },
    )
    await Promise.all([client.call('GET', '/'), client.call('GET', '/'), client.call('GET', '/')])
    expect(mesh.ended.map(({ tries }) => tries).toSorted()).toEqual([1, 1, 2])
    expect(mesh.ended.filter(({ flag }) => flag?.code === 'UO').length).toBe(2)
    expect(client.cluster().breakers.retries).toBe(0)
  })
})

describe('limits', () => {
  it('requests at once: 503, UO, and the field that tells callers to stop', async () => {
    await mesh.serve((_request, response) => void setTimeout(() => response.end('ok'), 30))
    const client = await mesh.open({}, { connectionPool: { maxRequests: 2 } })
    const answers = await Promise.all([1, 2, 3].map(() => client.call('GET', '/')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503])
    expect(answers[2]?.headers['x-envoy-overloaded']).toBe('true')
    expect(mesh.ended[0]?.flag?.code).toBe('UO')
    expect(client.cluster().breakers.requests).toBe(0)
  })

  it('connections, and requests that wait for one', async () => {
    await mesh.serve((_request, response) => void setTimeout(() => response.end('ok'), 30))
    const client = await mesh.open({}, { connectionPool: { maxConnections: 1, maxPendingRequests: 2 } })
    await client.call('GET', '/')
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.call('GET', '/')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 503])
    expect(client.cluster().connections).toBe(1)
    expect(mesh.ended.some(({ flag, tries }) => flag?.code === 'UO' && tries === 1)).toBe(true)
  })
})

describe('an upstream that lies', () => {
  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok'],
    ['length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('%s: 502, UPE, and its connection is never used again', async (_name, bytes) => {
    let connections = 0
    await mesh.serveRaw((socket) => {
      connections++
      socket.on('error', () => undefined)
      socket.once('data', () => socket.write(bytes))
    })
    const client = await mesh.open()
    for (let index = 0; index < 2; index++) expect((await client.call('POST', '/')).status).toBe(502)
    expect([flagOf(), connections]).toEqual(['UPE', 2])
  })

  it('about its length: the caller is told that it broke off', async () => {
    await mesh.serveRaw((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort'))
    })
    const client = await mesh.open()
    expect(await client.call('GET', '/')).toMatchObject({ status: 200, body: 'short', failure: expect.any(String) })
    expect(flagOf()).toBe('UC')
  })
})

describe('what passes through', () => {
  it('early hints, chunks and trailers in both directions', async () => {
    const trailers: string[] = []
    await mesh.serve((request, response) => {
      request.resume()
      request.on('end', () => {
        trailers.push(String(request.trailers['x-sum']))
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.writeHead(200, { trailer: 'x-after' })
        response.write('body')
        response.addTrailers({ 'x-after': 'yes' })
        response.end()
      })
    })
    const client = await mesh.open()
    const { FieldLines } = await import('../http1/fields.ts')
    const body = new ReplayableBody(-1, null)
    const call = client.call('POST', '/', { body })
    body.push(Buffer.from('x'))
    body.finish(FieldLines.of(['x-sum', '1']))
    expect(await call).toMatchObject({ hints: [103], body: 'body', trailers: expect.stringContaining('x-after: yes') })
    expect(trailers).toEqual(['1'])
  })

  it('deadline and trace go along; a body that breaks off ends the request at the peer', async () => {
    const heads: string[] = []
    let broken = false
    await mesh.serve((request, response) => {
      heads.push(String(request.headers['x-envoy-expected-rq-timeout-ms']))
      request.on('error', () => (broken = true))
      request.on('end', () => response.end('ok'))
      request.resume()
    })
    const client = await mesh.open()
    await client.call('GET', '/', { deadline: Date.now() + 5000 })
    expect(Number(heads[0])).toBeGreaterThan(4000)
    const body = new ReplayableBody(-1, null)
    const call = client.call('POST', '/', { body })
    body.push(Buffer.from('x'))
    await eventually(() => expect(heads.length).toBe(2))
    body.fail(new Error('the caller broke off'))
    expect((await call).failure).toBe('the caller broke off')
    await eventually(() => expect(broken).toBe(true))
    expect(flagOf()).toBe('DC')
  })

  it('the same key meets the same endpoint, and who has no cookie gets one', async () => {
    for (let number = 0; number < 4; number++) await mesh.serve((_request, response) => response.end(`${number}`))
    const algorithm = { kind: 'RING_HASH' as const, minimumRingSize: 1024 }
    const client = await mesh.open(
      {},
      { consistentHash: { on: { kind: 'cookie', name: 'seat', path: '/', ttlSeconds: 60 }, algorithm } },
    )
    const places = new Set<string>()
    for (let user = 0; user < 12; user++) {
      mesh.randoms.push(0.5, user / 12, 0.3)
      const first = await client.call('GET', '/')
      const cookie = (first.headers['set-cookie'] ?? '').split(';')[0] ?? ''
      expect(cookie).toMatch(/^seat=/)
      const again = await client.call('GET', '/', { fields: ['cookie', cookie] })
      expect(again.body).toBe(first.body)
      expect(again.headers['set-cookie']).toBeUndefined()
      places.add(first.body)
    }
    expect(places.size).toBeGreaterThan(1)
  })
})
