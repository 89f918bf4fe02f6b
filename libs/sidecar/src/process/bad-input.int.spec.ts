/**
 * What is no HTTP, or lies, at the four ends of a pair of sidecar processes. Each case says what the other side gets, the flag, and the reason in words of the
 * access log; after each the pair goes on serving.
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import http from 'node:http'
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import * as x509 from '@peculiar/x509'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cryptoForX509, P256, signingAlgorithm } from '../identity/keys.ts'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { connectRaw, sendRaw } from '../testing/raw-request.ts'
import { call, collect, connectAsPeer, NewLines, serves, startMesh, startPair, type Pair } from './testing/pair.ts'
import { head, lies } from './testing/lies.ts'
import { ask, malformed } from './testing/malformed.ts'
import { WireEnd } from './testing/wire-end.ts'

let mesh: TestMesh
let pair: Pair
/** An application that need not keep to HTTP, behind a sidecar of ours. */
let liar: WireEnd
let liarSidecar: ProcessWorkload
/** An endpoint of the mesh that need not keep to HTTP. */
let rogue: WireEnd

const ROGUE = 'spiffe://cluster.local/ns/meshmart/sa/rogue'
const noRetries = { route: { retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } } }

beforeAll(async () => {
  mesh = await startMesh()
  pair = await startPair(mesh)
  liar = await WireEnd.plain()
  await mesh.define('liar', 'meshmart', noRetries)
  liarSidecar = await runProcess(mesh, 'liar', 'liar-1', serves(liar.port))
  rogue = await WireEnd.secure(mesh.authority, ROGUE)
  const host = await mesh.define('rogue', 'meshmart', noRetries)
  await mesh.put(`endpoints.${host}`, { host, endpoints: [rogue.endpoint('rogue-1', ROGUE)] })
  await eventually(() => expect(mesh.isRegistered('liar-1')).toBe(true))
  await eventually(async () => expect((await call(pair.caller.outboundPort)).status).toBe(200))
})
afterAll(async () => {
  await liarSidecar.sidecar.close()
  liar.close()
  rogue.close()
  await pair.close()
  await mesh.stop()
})
afterEach(async () => {
  expect((await call(pair.caller.outboundPort, { path: '/afterwards' })).body.toString()).toBe('here')
})

function restore(): void {
  pair.app.answer = (request, response) => void request.resume().once('end', () => response.end('here'))
}

describe.each(['outbound', 'inbound'] as const)('%s: what is no HTTP', (direction) => {
  const connect = async (): Promise<Duplex> =>
    direction === 'outbound' ? connectRaw(pair.caller.outboundPort) : connectAsPeer(mesh, 'inventory-1')
  const workload = (): ProcessWorkload => (direction === 'outbound' ? pair.caller : pair.callee)

  it.each(malformed)('%s', async (name, sent, status, words) => {
    const path = `/${direction}/${name.replaceAll(/[^a-z0-9]/gi, '-')}`
    const lines = await NewLines.of(workload())
    const answered = pair.app.requests.length
    const text = sent.replaceAll('/PATH', path).replaceAll('PATH', path)
    const answer = await sendRaw(await connect(), text)
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' })
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(await lines.line(words)).toMatch(new RegExp(`\\] ${direction} "[^"]*" ${status} DPE "`))
    // A request whose head was good may have begun; none is whole.
    if (!text.includes('\r\n\r\n') || !/chunk|framing|extension/.test(name))
      expect(pair.app.requests.slice(answered)).toEqual([])
  })
})

describe('a caller that goes away', () => {
  it.each([
    ['resets in the middle of its body', (socket: Socket) => void socket.resetAndDestroy()],
    ['closes in the middle of its body', (socket: Socket) => void socket.end()],
  ])('%s: the request is broken off at both, DC', async (how, leave) => {
    const path = `/${how.replaceAll(' ', '-')}`
    const [outbound, inbound] = [await NewLines.of(pair.caller), await NewLines.of(pair.callee)]
    const aborted = new Promise((resolve) => {
      pair.app.answer = (request) => void request.resume().once('close', () => resolve(request.complete))
    })
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write(ask(path, 'Content-Length: 100000\r\n\r\n') + 'x'.repeat(50_000))
    await eventually(() => expect(pair.app.requests.join()).toContain(path))
    leave(socket)
    expect(await aborted).toBe(false)
    restore()
    expect(await outbound.line(new RegExp(`POST ${path} `))).toMatch(/ DC "the caller went away: .+"/)
    expect(await inbound.line(new RegExp(`POST ${path} `))).toMatch(/ DC "the caller went away: .+"/)
  })

  it.each([
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    ['closes', (socket: Socket) => void socket.destroy()],
  ])('%s before the answer: the upstream request is cancelled, DC', async (how, leave) => {
    const path = `/${how}-before-the-answer`
    const [outbound, inbound] = [await NewLines.of(pair.caller), await NewLines.of(pair.callee)]
    const aborted = new Promise((resolve) => {
      pair.app.answer = (_request, response) => void response.once('close', () => resolve(response.writableEnded))
    })
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write(ask(path, '\r\n', 'GET'))
    await eventually(() => expect(pair.app.requests.join()).toContain(path))
    leave(socket)
    expect(await aborted).toBe(false)
    restore()
    expect(await outbound.line(new RegExp(`GET ${path} `))).toMatch(/ DC "the caller went away: .+"/)
    expect(await inbound.line(new RegExp(`GET ${path} `))).toMatch(/ DC "the caller went away: .+"/)
  })

  it('closes its side alone: it still gets its answer', async () => {
    pair.app.answer = (_request, response) => void setTimeout(() => response.end('late'), 300)
    const socket = net.connect({ port: pair.caller.outboundPort, host: '127.0.0.1', allowHalfOpen: true })
    socket.end(ask('/half-closed', '\r\n', 'GET'))
    const { text, closed } = await collect(socket)
    restore()
    expect([text.includes(' 200 '), text.includes('late'), closed]).toEqual([true, true, true])
  })
})

describe.each(['application', 'endpoint'] as const)('an %s that lies', (who) => {
  const end = (): WireEnd => (who === 'application' ? liar : rogue)
  const host = who === 'application' ? 'liar' : 'rogue'
  /** Whoever speaks to it says why. */
  const witness = (): ProcessWorkload => (who === 'application' ? liarSidecar : pair.caller)

  it.each(lies)('%s', async (name, behave, seen, flag, words) => {
    const path = `/${who}/${name.replaceAll(/[^a-z0-9]/gi, '-')}`
    const lines = await NewLines.of(witness())
    end().behave = behave
    const { text } = await collect(connectRaw(pair.caller.outboundPort).setNoDelay(), 1).catch(() => ({ text: '' }))
    expect(text).toBe('')
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const got = await collect(socket)
    expect(got.closed).toBe(true)
    const status = Number(got.text.replace(/^(HTTP\/1\.1 1\d\d [^]*?\r\n\r\n)+/, '').split(' ')[1] ?? 0)
    const line = await lines.line(new RegExp(`"GET ${path} `))
    expect(line).toMatch(words)
    expect(line).toContain(` ${flag} "`)
    if (seen === 'whole') expect(got.text).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nhello$/)
    else if (seen === 'broken') {
      expect(status).toBe(200)
      // Neither its length nor its last chunk is there.
      expect(got.text).not.toMatch(/\r\n0\r\n\r\n$/)
      expect(got.text).not.toContain('HTTP/1.1 502')
    } else {
      expect(status).toBe(seen)
      expect(got.text).toContain('application/problem+json')
    }
    end().behave = (to) => void to.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect((await call(pair.caller.outboundPort, { headers: { host } })).body.toString()).toBe('ok')
  })

  it('answers before the request is complete: the answer counts', async () => {
    end().behave = (to) => void to.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\ntoo')
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write(`POST /early HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\nhello`)
    const { text } = await collect(socket)
    expect(text).toMatch(/^HTTP\/1\.1 413 [^]*too$/)
  })

  it('closes its idle connection as the next request is on its way: 300 of 300 GETs succeed', async () => {
    // Every second request on a connection is read and answered by closing: what the race looks like from here.
    end().behave = (to, _received, served) =>
      served > 0 ? to.destroy() : void to.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const statuses = new Map<number, number>()
    for (let round = 0; round < 75; round++) {
      const four = [1, 2, 3, 4].map(() => call(pair.caller.outboundPort, { path: '/race', headers: { host } }))
      for (const { status } of await Promise.all(four)) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect([...statuses]).toEqual([[200, 300]])
  })

  it('closes as a POST is on its way: it is not sent twice, 503 UC', async () => {
    let posts = 0
    end().behave = (to, received, served) => {
      if (received.startsWith('POST')) posts++
      if (served > 0) to.destroy()
      else to.write(`${head}content-length: 2\r\n\r\nok`)
    }
    await call(pair.caller.outboundPort, { path: '/warm', headers: { host } })
    const lines = await NewLines.of(witness())
    const path = `/${who}/not-twice`
    const got = await call(pair.caller.outboundPort, { method: 'POST', path, headers: { host } }, 'order')
    expect([got.status, posts]).toEqual([503, 1])
    expect(await lines.line(new RegExp(path))).toMatch(/ 503 UC "/)
  })

  it('breaks as a body comes: a PUT that goes again goes whole', async () => {
    const half = 'x'.repeat(60_000)
    const caller = connectRaw(pair.caller.outboundPort)
    let arrived = 0
    end().behave = (to, received, served) => {
      if (!received.startsWith('PUT')) to.write(`${head}content-length: 2\r\n\r\nok`)
      else if (served > 0) {
        // What is kept grows past its limit while nobody is connected.
        to.destroy()
        caller.write(half)
      } else {
        arrived = received.length - received.indexOf('\r\n\r\n') - 4
        const count = (chunk: Buffer): void => {
          arrived += chunk.length
          if (arrived === 120_000) to.write(`${head}content-length: 5\r\n\r\nwhole`)
        }
        to.on('data', count)
      }
    }
    // One connection is warm on each hop.
    await call(pair.caller.outboundPort, { path: '/warm', headers: { host } })
    caller.write(`PUT /torn HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 120000\r\nConnection: close\r\n\r\n${half}`)
    const { text } = await collect(caller)
    expect({ arrived, answer: text.slice(-5) }).toEqual({ arrived: 120_000, answer: 'whole' })
  })

  it('sends its trailers in pieces: they arrive as they were', async () => {
    const pieces = ['4\r\nbody\r\n', '0\r\n', 'X-Chec', 'ksum: abcdefghijkl', 'mnop\r\nX-Other: 1\r\n', '\r\n']
    end().behave = (to) => {
      to.write(`${head}transfer-encoding: chunked\r\ntrailer: x-checksum\r\n\r\n`)
      pieces.forEach((piece, index) => setTimeout(() => to.write(piece), 30 * (index + 1)))
    }
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write(`GET /trailers HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const { text } = await collect(socket)
    expect(text).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Checksum: abcdefghijklmnop\r\nX-Other: 1\r\n\r\n$/)
  })
})

describe('an application that answers before it has read the body', () => {
  it.each(['content-length', 'transfer-encoding'])('over kept connections, %s: no request fails', async (framing) => {
    pair.app.answer = (request, response) => {
      request.resume()
      response.end('early')
    }
    const agent = new http.Agent({ keepAlive: true })
    const body = Buffer.alloc(1024 * 1024, 'x')
    const outcomes = new Set<string>()
    const worker = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        const headers = { [framing]: framing === 'content-length' ? body.length : 'chunked' }
        const outcome = await call(pair.caller.outboundPort, { method: 'POST', agent, headers }, body).then(
          (got) => `${got.status} ${got.body.toString()}`,
          (error: Error) => error.message,
        )
        outcomes.add(outcome)
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    agent.destroy()
    restore()
    expect([...outcomes]).toEqual(['200 early'])
  })
})

describe('an endpoint that never answers', () => {
  it('is given up when the time of the route is over: 504 UT, and its connection is closed', async () => {
    const silent = await WireEnd.secure(mesh.authority, 'spiffe://cluster.local/ns/meshmart/sa/silent')
    silent.behave = () => undefined
    const silentHost = await mesh.define('silent', 'meshmart', { route: { ...noRetries.route, timeoutMs: 300 } })
    const endpoint = silent.endpoint('silent-1', 'spiffe://cluster.local/ns/meshmart/sa/silent')
    await mesh.put(`endpoints.${silentHost}`, { host: silentHost, endpoints: [endpoint] })
    const lines = await NewLines.of(pair.caller)
    const got = await call(pair.caller.outboundPort, { path: '/never', headers: { host: 'silent' } })
    expect(got.status).toBe(504)
    expect(await lines.line(/\/never/)).toMatch(/ 504 UT "no complete answer within \d+ ms"/)
    await eventually(() => expect([silent.accepted, silent.closed]).toEqual([1, 1]))
    silent.close()
  })
})

async function selfSigned(identity: string): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'O=test',
      keys,
      signingAlgorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identity }])],
    },
    cryptoForX509,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') }
}

describe('a peer that proves nothing, or another identity', () => {
  const request = ask('/tls', '\r\n', 'GET')
  const IDENTITY = 'spiffe://cluster.local/ns/meshmart/sa/orders'

  /** Refused before there is a request: the connection ends without an answer, and the sidecar's own log says why. */
  async function refusedWith(options: tls.ConnectionOptions, words: RegExp): Promise<void> {
    const { log } = pair.callee
    const before = log.lines.length
    const socket = await connectAsPeer(mesh, 'inventory-1', options)
    socket.write(request)
    const { text, closed } = await collect(socket)
    expect([text, closed]).toEqual(['', true])
    await eventually(() => {
      const lines = log.lines.slice(before).filter(({ message }) => message === 'inbound: connection refused')
      expect(String(lines[0]?.fields['reason'])).toMatch(words)
    })
  }

  it('certificate expired', async () => {
    const { key, chain } = await mesh.authority.issue(IDENTITY, { lifeMs: -1000 })
    await refusedWith({ key, cert: chain }, /CERT_HAS_EXPIRED \(it has expired\)/)
  })
  it('of another trust domain', async () => {
    const { key, chain } = await mesh.authority.issue('spiffe://other.local/ns/meshmart/sa/orders')
    await refusedWith({ key, cert: chain }, /is of another trust domain than cluster\.local/)
  })
  it('of another authority', async () => {
    const { key, chain } = await (await makeAuthority('evil')).issue(IDENTITY)
    await refusedWith({ key, cert: chain }, /no authority of the trust bundle issued it/)
  })
  it('signed by itself', async () => {
    await refusedWith(await selfSigned(IDENTITY), /DEPTH_ZERO_SELF_SIGNED_CERT \(it is signed by itself\)/)
  })
  it('no SPIFFE id', async () => {
    const { key, chain } = await mesh.authority.issue('https://example.com/')
    await refusedWith({ key, cert: chain }, /SPIFFE|identity/i)
  })
  it('no certificate', async () => {
    const { log } = pair.callee
    const before = log.lines.length
    const port = mesh.endpointOf('inventory-1').ports['80'] ?? 0
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    socket.on('error', () => undefined)
    socket.write(request)
    expect(await collect(socket)).toEqual({ text: '', closed: true })
    await eventually(() =>
      expect(log.lines.slice(before).map(({ fields }) => fields['reason'])).toContain('the peer showed no certificate'),
    )
  })
  it('plaintext to STRICT', async () => {
    const { log } = pair.callee
    const before = log.lines.length
    const socket = connectRaw(mesh.endpointOf('inventory-1').ports['80'] ?? 0)
    socket.write(request)
    expect((await collect(socket)).text).not.toContain('HTTP')
    await eventually(() =>
      expect(log.lines.slice(before).map(({ fields }) => fields['reason'])).toContain(
        'plaintext, and PeerAuthentication is STRICT',
      ),
    )
  })

  const SERVER = 'spiffe://cluster.local/ns/meshmart/sa/impostor'
  it.each([
    [
      'another identity than the registry says',
      async () => WireEnd.secure(mesh.authority, ROGUE),
      /it proved to be spiffe:\/\/cluster\.local\/ns\/meshmart\/sa\/rogue, expected .*\/sa\/impostor/,
    ],
    [
      'another trust domain',
      async () => WireEnd.secure(mesh.authority, SERVER.replace('cluster.local', 'other.local')),
      /it proved to be spiffe:\/\/other\.local/,
    ],
    ['another authority', async () => WireEnd.secure(await makeAuthority('evil'), SERVER), /certificate/],
    [
      'an expired certificate',
      async () => {
        const { key, chain } = await mesh.authority.issue(SERVER, { lifeMs: -1000 })
        return WireEnd.secure(mesh.authority, SERVER, { key, cert: chain })
      },
      /certificate has expired/,
    ],
    ['no TLS', async () => WireEnd.plain(), /no connection to 127\.0\.0\.1/],
  ])('an endpoint with %s: 503 UF, and nothing of the request reaches it', async (name, make, words) => {
    const end = await make()
    let reached = ''
    end.behave = (_socket, received) => (reached += received)
    const service = `impostor-${name.replaceAll(' ', '-').toLowerCase()}`
    const host = await mesh.define(service, 'meshmart', { ...noRetries, cluster: { connectTimeoutMs: 1000 } })
    await mesh.put(`endpoints.${host}`, { host, endpoints: [end.endpoint('impostor-1', SERVER)] })
    const lines = await NewLines.of(pair.caller)
    const path = `/${service}`
    const got = await call(pair.caller.outboundPort, { path, headers: { host: service } })
    expect(got.status).toBe(503)
    expect(JSON.parse(got.body.toString())).toMatchObject({ code: 'mesh-uf' })
    const line = await lines.line(new RegExp(path))
    expect(line).toContain(' 503 UF "')
    expect(line).toMatch(words)
    expect(reached).not.toContain('HTTP')
    end.close()
  })
})
