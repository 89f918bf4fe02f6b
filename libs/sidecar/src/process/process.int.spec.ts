/** Two applications that know nothing of a mesh, each behind a sidecar process, over real TLS and a real NATS. */
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import { TestMesh } from '../testing/mesh.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { inboundOf } from '../testing/snapshots.ts'
import type { ProcessSidecar } from './process-sidecar.ts'
import type { ProcessSettings } from './settings.ts'
import { startSidecarProcess } from './start.ts'
import { freePort } from '../testing/free-ports.ts'

let mesh: TestMesh
let app: http.Server
let outboundPort = 0
const sidecars: ProcessSidecar[] = []
const accessLogs = new Map<string, string>()
let answer: RequestListener = (_request, response) => void response.end('here')

async function start(workload: string, more: Partial<ProcessSettings>): Promise<ProcessSettings> {
  const { MESH_INBOUND_PORT: _perPort, ...shared } = mesh.settings(workload, `${workload}-1`)
  const settings: ProcessSettings = {
    ...shared,
    MESH_APP_ADDRESS: '127.0.0.1',
    MESH_APP_PORTS: [],
    MESH_OUTBOUND_PORT: await freePort(),
    MESH_OUTBOUND_TCP: [],
    ...more,
  }
  await mesh.put(`inbound.meshmart.${workload}`, inboundOf('meshmart', workload, []))
  accessLogs.set(workload, settings.MESH_ACCESS_LOG)
  sidecars.push(await startSidecarProcess(settings, new RecordedLog()))
  return settings
}

interface Got {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** As an application calls: plain HTTP to its sidecar, with the Host of whom it means. */
function call(options: http.RequestOptions, body?: string | Buffer): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port: outboundPort, host: '127.0.0.1', agent: false, ...options }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      )
    })
    request.once('error', reject)
    request.end(body)
  })
}

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  app = http.createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  const appPort = (app.address() as AddressInfo).port
  await mesh.define('inventory', 'meshmart')
  await start('inventory', { MESH_APP_PORTS: [{ name: 'http', servicePort: 80, appPort, inboundPort: 0 }] })
  outboundPort = (await start('orders', {})).MESH_OUTBOUND_PORT
  await eventually(async () => expect(mesh.isRegistered('inventory-1')).toBe(true))
})
afterAll(async () => {
  for (const sidecar of sidecars) await sidecar.close()
  app.closeAllConnections()
  app.close()
  await mesh.stop()
})

describe('a call of one application to another', () => {
  it('goes by Host over mTLS, and the application hears who called and in which trace', async () => {
    answer = (request, response) => response.end(JSON.stringify({ url: request.url, headers: request.headers }))
    const got = await call({
      path: '/v1/products?skus=A',
      headers: { host: 'inventory', 'x-forwarded-client-cert': 'URI=spiffe://forged' },
    })
    expect(got.status).toBe(200)
    expect(got.headers['x-mesh-instance']).toBe('inventory-1')
    const seen = JSON.parse(got.body) as { url: string; headers: Record<string, string> }
    expect(seen.url).toBe('/v1/products?skus=A')
    expect(seen.headers).toMatchObject({
      host: 'inventory',
      'x-forwarded-client-cert':
        'By=spiffe://cluster.local/ns/meshmart/sa/inventory;URI=spiffe://cluster.local/ns/meshmart/sa/orders',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/),
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    for (const [workload, direction] of [
      ['orders', 'outbound'],
      ['inventory', 'inbound'],
    ] as const)
      await eventually(async () =>
        expect(await readFile(accessLogs.get(workload) ?? '', 'utf8')).toContain(
          `${direction} "GET /v1/products HTTP/1.1" 200`,
        ),
      )
  })

  it('may come as to an HTTP proxy, with the whole address in its first line', async () => {
    answer = (request, response) => response.end(request.url)
    expect((await call({ path: 'http://inventory/absolute' })).body).toBe('/absolute')
  })

  it.each([
    ['with a length', { 'content-length': '300000' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('carries a body %s both ways', async (_how, headers) => {
    answer = (request, response) => request.pipe(response)
    const body = 'x'.repeat(300_000)
    const got = await call({ method: 'POST', path: '/', headers: { host: 'inventory', ...headers } }, body)
    expect(got.body).toBe(body)
  })

  it('answers HEAD without a body, and keeps what the answer says of it', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': '5' }).end('hello')
    const got = await call({ method: 'HEAD', path: '/', headers: { host: 'inventory' } })
    expect([got.status, got.headers['content-length'], got.body]).toEqual([200, '5', ''])
  })

  it('brings a slow reader every byte as it was sent', async () => {
    const sent = randomBytes(16 * 1024 * 1024)
    answer = (_request, response) => response.writeHead(200, { 'content-length': sent.length }).end(sent)
    const got = createHash('sha256')
    let bytes = 0
    await new Promise<void>((resolve, reject) => {
      const options = { port: outboundPort, host: '127.0.0.1', agent: false, headers: { host: 'inventory' } }
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
    answer = (request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      request.resume().once('end', () => response.end('done'))
    }
    const hints: unknown[] = []
    const body = await new Promise<string>((resolve, reject) => {
      const request = http.request({
        port: outboundPort,
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
    app.once('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
      socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`))
    })
    const got = await new Promise<string>((resolve, reject) => {
      const request = http.request({
        port: outboundPort,
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
    const got = await call({ path: '/', headers: { host: 'example.com' } })
    expect(got.status).toBe(502)
    expect(JSON.parse(got.body)).toMatchObject({ code: 'mesh-nr' })
  })
})
