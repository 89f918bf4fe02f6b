/** Two applications that know nothing of a mesh, each behind a sidecar process, over real TLS and a real NATS. */
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import type { TestMesh } from '../testing/mesh.ts'
import { call, startMesh, startPair, type Pair } from './testing/pair.ts'

let mesh: TestMesh
let pair: Pair

beforeAll(async () => {
  mesh = await startMesh()
  pair = await startPair(mesh)
})
afterAll(async () => {
  await pair.close()
  await mesh.stop()
})

const textOf = async (...asked: Parameters<typeof call>): Promise<string> => (await call(...asked)).body.toString()

describe('a call of one application to another', () => {
  it('goes by Host over mTLS, and the application hears who called and in which trace', async () => {
    pair.app.answer = (request, response) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers }))
    const got = await call(pair.caller.outboundPort, {
      path: '/v1/products?skus=A',
      headers: { 'x-forwarded-client-cert': 'URI=spiffe://forged' },
    })
    expect(got.status).toBe(200)
    expect(got.headers['x-mesh-instance']).toBe('inventory-1')
    const seen = JSON.parse(got.body.toString()) as { url: string; headers: Record<string, string> }
    expect(seen.url).toBe('/v1/products?skus=A')
    expect(seen.headers).toMatchObject({
      host: 'inventory',
      'x-forwarded-client-cert':
        'By=spiffe://cluster.local/ns/meshmart/sa/inventory;URI=spiffe://cluster.local/ns/meshmart/sa/orders',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/),
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    for (const [workload, direction] of [
      [pair.caller, 'outbound'],
      [pair.callee, 'inbound'],
    ] as const)
      await eventually(async () =>
        expect(await workload.accessLog()).toContain(`${direction} "GET /v1/products HTTP/1.1" 200`),
      )
  })

  it('may come as to an HTTP proxy, with the whole address in its first line', async () => {
    pair.app.answer = (request, response) => response.end(request.url)
    expect(await textOf(pair.caller.outboundPort, { path: 'http://inventory/absolute' })).toBe('/absolute')
  })

  it.each([
    ['with a length', { 'content-length': '300000' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('carries a body %s both ways', async (_how, headers) => {
    pair.app.answer = (request, response) => request.pipe(response)
    const body = 'x'.repeat(300_000)
    expect(await textOf(pair.caller.outboundPort, { method: 'POST', headers }, body)).toBe(body)
  })

  it('carries a compressed body as it is, with the coding that it came in', async () => {
    pair.app.answer = (request, response) => {
      response.setHeader('x-coding', request.headers['transfer-encoding'] ?? '')
      request.pipe(response)
    }
    const body = gzipSync('hello '.repeat(50_000))
    const headers = { 'transfer-encoding': 'gzip , identity, chunked' }
    const got = await call(pair.caller.outboundPort, { method: 'POST', headers }, body)
    expect([got.status, got.headers['x-coding']]).toEqual([200, 'gzip, chunked'])
    expect(got.body.equals(body)).toBe(true)
  })

  it('answers HEAD without a body, and keeps what the answer says of it', async () => {
    pair.app.answer = (_request, response) => response.writeHead(200, { 'content-length': '5' }).end('hello')
    const got = await call(pair.caller.outboundPort, { method: 'HEAD' })
    expect([got.status, got.headers['content-length'], got.body.length]).toEqual([200, '5', 0])
  })

  it('brings a slow reader every byte as it was sent', async () => {
    const sent = randomBytes(16 * 1024 * 1024)
    pair.app.answer = (_request, response) => response.writeHead(200, { 'content-length': sent.length }).end(sent)
    const got = createHash('sha256')
    let bytes = 0
    await new Promise<void>((resolve, reject) => {
      const options = {
        port: pair.caller.outboundPort,
        host: '127.0.0.1',
        agent: false,
        headers: { host: 'inventory' },
      }
      const request = http.get(options, (response) => {
        response.on('data', (chunk: Buffer) => {
          got.update(chunk)
          bytes += chunk.length
          // Now and then it stands still, so that both sidecars hold bytes that they cannot pass on.
          if (bytes % 7 !== 0) return
          response.pause()
          setTimeout(() => response.resume(), 3)
        })
        response.once('end', resolve)
        response.once('error', reject)
      })
      request.once('error', reject)
    })
    expect(bytes).toBe(sent.length)
    expect(got.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
  })

  it('passes early hints on, and tells who expects it to go on', async () => {
    pair.app.answer = (request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      request.resume().once('end', () => response.end('done'))
    }
    const hints: unknown[] = []
    const body = await new Promise<string>((resolve, reject) => {
      const request = http.request({
        port: pair.caller.outboundPort,
        host: '127.0.0.1',
        agent: false,
        method: 'POST',
        headers: { host: 'inventory', expect: '100-continue', 'content-length': '2' },
      })
      request.on('information', ({ statusCode }) => hints.push(statusCode))
      request.once('continue', () => request.end('ok'))
      request.once('error', reject)
      request.once('response', (response) => response.once('data', (chunk: Buffer) => resolve(chunk.toString())))
      request.flushHeaders()
    })
    expect(body).toBe('done')
    expect(hints).toContain(103)
  })

  it('carries a WebSocket', async () => {
    pair.app.server.once('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
      socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`))
    })
    const got = await new Promise<string>((resolve, reject) => {
      const request = http.request({
        port: pair.caller.outboundPort,
        host: '127.0.0.1',
        agent: false,
        headers: {
          host: 'inventory',
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'a',
          'sec-websocket-version': '13',
        },
      })
      request.once('error', reject)
      request.once('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
      request.once('upgrade', (_response, socket) => {
        socket.once('data', (chunk: Buffer) => {
          resolve(chunk.toString())
          socket.destroy()
        })
        socket.write('hi')
      })
      request.end()
    })
    expect(got).toBe('echo hi')
  })

  it('refuses a host that the mesh does not know', async () => {
    const got = await call(pair.caller.outboundPort, { headers: { host: 'example.com' } })
    expect(got.status).toBe(502)
    expect(JSON.parse(got.body.toString())).toMatchObject({ code: 'mesh-nr' })
  })
})
