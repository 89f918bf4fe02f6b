/** What is no HTTP, or names no host: answered as problem details at the public edge and inside the mesh, closed, and written down once. */
import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROBLEMS } from './problem-catalogue.ts'
import { eventually } from './testing/eventually.ts'
import { TestMesh, type RunningWorkload } from './testing/mesh.ts'
import { connectRaw, sendRaw } from './testing/raw-request.ts'
import { clusterOf, routeTo } from './testing/snapshots.ts'
import { freePort } from './testing/free-ports.ts'

let mesh: TestMesh
let gateway: RunningWorkload
let port: number
const own = 'gateway.meshmart.svc.cluster.local'

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  await mesh.put('gateway.istio-ingressgateway', {
    selector: { istio: 'ingressgateway' },
    servers: [
      { source: 'Gateway default/my-gateway', port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
    ],
    virtualHosts: [{ hosts: ['shop.test'], port: 80, routes: [routeTo(own, { name: 'own' })] }],
    clusters: { [clusterOf(own).name]: clusterOf(own) },
  })
  gateway = await mesh.run('gateway', 'gateway-1', (request, response) => {
    if (request.url === '/slow') {
      setTimeout(() => response.end('late'), 200)
      return
    }
    request.on('error', () => undefined)
    request.resume()
    request.on('end', () => response.end(JSON.stringify({ url: request.url, host: request.headers.host })))
  })
  port = await freePort()
  await gateway.sidecar.openIngress({ address: '127.0.0.1', port, selector: 'istio-ingressgateway' })
  await eventually(async () => {
    const { status } = await sendRaw(connectRaw(port), 'GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n')
    expect(status).toBe(200)
  })
})
afterAll(async () => {
  await mesh.stop()
})

async function connectInside(): Promise<Duplex> {
  const { key, chain } = await mesh.authority.issue('spiffe://cluster.local/ns/meshmart/sa/orders')
  const inside = await eventually(() => mesh.endpointOf('gateway-1'))
  return tls.connect({
    host: '127.0.0.1',
    port: inside.ports['80'] ?? 0,
    key,
    cert: chain,
    ca: mesh.authority.root,
    checkServerIdentity: () => undefined,
  })
}

/** Lines of the access log that hold a mark that only one request carries. */
async function lines(mark: string): Promise<string[]> {
  const log = await readFile(gateway.accessLogFile, 'utf8')
  return log.split('\n').filter((line) => line.includes(mark))
}

const malformed: readonly (readonly [string, string, number, string, string])[] = [
  [
    'length and chunks',
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
    'mesh-dpe',
    'Transfer-Encoding',
  ],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\n', 400, 'mesh-dpe', 'Content-Length'],
  ['a folded field', 'X-A: b\r\n c\r\n\r\n', 400, 'mesh-dpe', 'header'],
  ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\n', 400, 'mesh-dpe', 'chunk size'],
  ['an unknown expectation', 'Expect: foo\r\nConnection: close\r\n\r\n', 417, 'mesh-expectation-failed', 'expectation'],
]

describe.each(['at the edge', 'inside'] as const)('%s', (where) => {
  const connect = async (): Promise<Duplex> => (where === 'inside' ? connectInside() : connectRaw(port))
  const direction = where === 'inside' ? 'inbound' : 'ingress'

  it.each(malformed)('%s', async (name, head, status, code, reason) => {
    const path = `/${where}/${name}`.replaceAll(' ', '-')
    const answer = await sendRaw(
      await connect(),
      `POST ${path} HTTP/1.1\r\nHost: shop.test\r\nAccept-Language: zh-CN\r\n${head}`,
    )
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' })
    const title = PROBLEMS[code as keyof typeof PROBLEMS]['zh-CN']
    expect(JSON.parse(answer.body)).toMatchObject({ type: `/problems/${code}`, code, status, title })
    await eventually(async () => expect(await lines(path)).toHaveLength(1))
    const [line] = await lines(path)
    expect(line).toContain(`${direction} "POST ${path} HTTP/1.1" ${status} DPE "`)
    expect(line?.toLowerCase()).toContain(reason.toLowerCase())
  })

  it.each([
    ['two Host fields', 'Host: shop.test\r\nHost: evil\r\n'],
    ['none', ''],
    ['an empty one', 'Host:\r\n'],
    ['one with a blank', 'Host: a b/../@x\r\n'],
    ['one with a user', 'Host: localhost@evil\r\n'],
    ['one with letters for a port', 'Host: localhost:abc\r\n'],
    ['one of other bytes', 'Host: \xff\xfe\r\n'],
  ])('%s: 400, closed', async (name, field) => {
    const path = `/${where}/host/${name}`.replaceAll(' ', '-')
    const answer = await sendRaw(await connect(), `GET ${path} HTTP/1.1\r\n${field}\r\n`)
    expect(answer.status).toBe(400)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' })
    expect(JSON.parse(answer.body)).toMatchObject({ type: '/problems/mesh-host', title: PROBLEMS['mesh-host'].en })
    await eventually(async () => expect(await lines(path)).toHaveLength(1))
    expect((await lines(path))[0]).toMatch(/ 400 DPE ".*Host field/)
  })

  it('a head of 100 kB: 431, closed', async () => {
    const answer = await sendRaw(await connect(), `GET / HTTP/1.1\r\nHost: shop.test\r\nX-A: ${'a'.repeat(100_000)}`)
    expect(answer.status).toBe(431)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' })
    expect(JSON.parse(answer.body)).toMatchObject({ type: '/problems/mesh-head-too-large', status: 431 })
    await eventually(async () => {
      const found = (await lines(' 431 DPE "')).filter((line) => line.includes(`] ${direction} "`))
      expect(found).toHaveLength(1)
      expect(found[0]).toMatch(/overflow/i)
    })
  })

  it('CONNECT: 405', async () => {
    const answer = await sendRaw(await connect(), 'CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n')
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toContain('GET')
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'mesh-connect', status: 405 })
    await eventually(async () => expect((await lines(`${direction} "CONNECT`)).join()).toContain('405 DPE'))
  })

  it('an answer that is under way comes first, and whole', async () => {
    const { text } = await sendRaw(await connect(), 'GET /slow HTTP/1.1\r\nHost: shop.test\r\n\r\n', 'no HTTP\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*late[^]*HTTP\/1\.1 400 [^]*mesh-dpe/)
  })

  it('writes no card number down', async () => {
    const path = `/${where.replaceAll(' ', '-')}/cards`
    await sendRaw(
      await connect(),
      `GET ${path}/4242424242424242 HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n`,
    )
    await eventually(async () => expect((await lines(path)).join()).toContain(`${path}/[card …4242] HTTP`))
  })
})

describe('an absolute target', () => {
  const get = (head: string) => sendRaw(connectRaw(port), `GET ${head}Connection: close\r\n\r\n`)

  it('is taken, and its authority replaces Host', async () => {
    const { status, body } = await get('http://shop.test/a/../b?c=d HTTP/1.1\r\nHost: other.test\r\n')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ url: '/b?c=d', host: 'shop.test' })
    expect((await get('HTTP://shop.test HTTP/1.1\r\nHost: shop.test\r\n')).status).toBe(200)
    expect((await get('http://other.test/ HTTP/1.1\r\nHost: shop.test\r\n')).status).toBe(404)
  })

  it('is refused where its authority is no host', async () => {
    const { status, body } = await get('http://user@shop.test/ HTTP/1.1\r\nHost: shop.test\r\n')
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ code: 'mesh-host' })
  })
})

it('speaks the language of the reader, and tells nothing of the inside', async () => {
  for (const [path, host, code] of [
    ['/%zz', 'shop.test', 'mesh-dpe'],
    ['/', 'nobody.test', 'mesh-nr'],
  ] as const) {
    const { headers, body } = await sendRaw(
      connectRaw(port),
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept-Language: zh-CN,en;q=0.5\r\nConnection: close\r\n\r\n`,
    )
    const problem = JSON.parse(body)
    expect(headers['content-language']).toBe('zh-CN')
    expect(problem).toMatchObject({ type: `/problems/${code}`, title: PROBLEMS[code]['zh-CN'], code })
    expect(problem).not.toHaveProperty('detail')
    expect(problem.traceId).toMatch(/^[0-9a-f]{32}$/)
  }
})

it('says nothing to a connection that asked nothing', async () => {
  const socket = connectRaw(port)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.end()
  expect((await sendRaw(socket)).text).toBe('')
})
