/**
 * What is no HTTP, or lies, at the four ends of a pair of sidecar processes. Each case says what the other side gets, the flag, and the reason in words of the
 * access log; after each the pair goes on serving.
 */
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { connectRaw, sendRaw } from '../testing/raw-request.ts'
import { call, collect, connectAsPeer, NewLines, serves, startMesh, startPair, type Pair } from './testing/pair.ts'
import { WireEnd, type Behaviour } from './testing/wire-end.ts'

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

const ask = (path: string, fields: string, method = 'POST'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: inventory\r\n${fields}`

/** name, what is sent (PATH is replaced), status, words */
const malformed: readonly (readonly [string, string, number, RegExp])[] = [
  [
    'both length and chunks',
    ask('PATH', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    400,
    /both Content-Length and Transfer-Encoding/,
  ],
  [
    'chunks and length',
    ask('PATH', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'),
    400,
    /both Content-Length and Transfer-Encoding/,
  ],
  [
    'differing lengths',
    ask('PATH', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'),
    400,
    /more than one Content-Length/,
  ],
  ['lengths in one field', ask('PATH', 'Content-Length: 5, 6\r\n\r\nhello!'), 400, /Content-Length is not a length/],
  ['a signed length', ask('PATH', 'Content-Length: +5\r\n\r\nhello'), 400, /Content-Length is not a length/],
  [
    'an unknown coding',
    ask('PATH', 'Transfer-Encoding: gzip\r\n\r\n'),
    501,
    /Transfer-Encoding: gzip is not known here/,
  ],
  [
    'chunked twice',
    ask('PATH', 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'),
    400,
    /chunked is not the last coding, or not alone/,
  ],
  [
    'chunks in HTTP/1.0',
    'POST PATH HTTP/1.0\r\nHost: inventory\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    /Transfer-Encoding in HTTP\/1\.0/,
  ],
  ['bare LF behind the request line', 'GET PATH HTTP/1.1\nHost: inventory\n\n', 400, /bare LF in a request line/],
  ['bare LF behind a field', ask('PATH', 'X-A: b\nX-C: d\r\n\r\n', 'GET'), 400, /bare LF in a field line/],
  ['bare CR in a field', ask('PATH', 'X-A: b\rX-C: d\r\n\r\n', 'GET'), 400, /bare CR in a field line/],
  ['a folded field', ask('PATH', 'X-A: b\r\n c\r\n\r\n', 'GET'), 400, /obs-fold/],
  [
    'a blank before the colon',
    ask('PATH', 'X-A : b\r\n\r\n', 'GET'),
    400,
    /white space in or behind the name of a field line/,
  ],
  ['a field without a name', ask('PATH', ': b\r\n\r\n', 'GET'), 400, /a field line without a name/],
  ['a field without a colon', ask('PATH', 'X-A\r\n\r\n', 'GET'), 400, /a field line without a colon/],
  ['two Host fields', ask('PATH', 'Host: evil\r\n\r\n', 'GET'), 400, /2 Host fields/],
  ['no Host field', 'GET PATH HTTP/1.1\r\n\r\n', 400, /0 Host fields/],
  ['a Host that is none', 'GET PATH HTTP/1.1\r\nHost: a b/../@x\r\n\r\n', 400, /the Host field is not a host/],
  ['a chunk without a size', ask('PATH', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\n'), 400, /a chunk without a size/],
  [
    'a chunk size with other letters',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n'),
    400,
    /illegal byte 0x78 in a chunk size/,
  ],
  [
    'a chunk size that is too large',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n'),
    400,
    /a chunk size that is too large/,
  ],
  [
    'a chunk that is longer than it says',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n'),
    400,
    /a chunk is longer than its size/,
  ],
  [
    'bare LF behind a chunk size',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n'),
    400,
    /bare LF in a chunk size/,
  ],
  [
    'an illegal extension',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\n5;=\r\nhello\r\n0\r\n\r\n'),
    400,
    /an illegal chunk extension/,
  ],
  [
    'long extensions',
    ask('PATH', `Transfer-Encoding: chunked\r\n\r\n5;a=${'b'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`),
    413,
    /more than 16384 bytes of chunk extensions/,
  ],
  [
    'a framing field behind the body',
    ask('PATH', 'Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n'),
    400,
    /content-length as a trailer/,
  ],
  ['NUL in a value', ask('PATH', 'X-A: b\0c\r\n\r\n', 'GET'), 400, /NUL in a field line/],
  ['a control byte in a value', ask('PATH', 'X-A: b\x01c\r\n\r\n', 'GET'), 400, /illegal byte 0x01 in a field line/],
  [
    'a control byte in a name',
    ask('PATH', 'X\x7f: b\r\n\r\n', 'GET'),
    400,
    /illegal byte 0x7f in a name of a field line/,
  ],
  ['NUL in the target', 'GET PATH\0 HTTP/1.1\r\nHost: inventory\r\n\r\n', 400, /NUL in a request target/],
  [
    'two blanks in the request line',
    'GET  PATH HTTP/1.1\r\nHost: inventory\r\n\r\n',
    400,
    /two blanks in the request line/,
  ],
  ['a body where none may be', ask('PATH', 'Content-Length: 5\r\n\r\nhello', 'TRACE'), 400, /TRACE with a body/],
  [
    'a user in the target',
    'GET http://a@inventory/PATH HTTP/1.1\r\nHost: inventory\r\n\r\n',
    400,
    /the authority of the request target is not a host/,
  ],
  ['* as the target of GET', 'GET * HTTP/1.1\r\nHost: inventory\r\n\r\n', 400, /the target \* is for OPTIONS alone/],
  ['HTTP/0.9', 'GET PATH\r\n\r\n', 400, /the request line does not end in HTTP\/1\.1/],
  ['HTTP/3.0', 'GET PATH HTTP/3.0\r\nHost: inventory\r\n\r\n', 505, /HTTP\/3\.0 is not spoken here/],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /HTTP\/2\.0 is not spoken here/],
  ['a ClientHello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, /illegal byte 0x16 in a method/],
  ['garbage', '\xde\xad\xbe\xef'.repeat(40), 400, /illegal byte 0xde in a method/],
  [
    'a head of 100 kB',
    ask('PATH', `X-A: b\r\n${`X-B: ${'c'.repeat(2000)}\r\n`.repeat(50)}\r\n`, 'GET'),
    431,
    /a head of more than 61440 bytes/,
  ],
  [
    'one field of 100 kB',
    ask('PATH', `X-A: ${'b'.repeat(100_000)}\r\n\r\n`, 'GET'),
    431,
    /a head of more than 61440 bytes/,
  ],
  ['101 fields', ask('PATH', `${'X-A: b\r\n'.repeat(100)}\r\n`, 'GET'), 431, /more than 100 field lines/],
  [
    'a target of 100 kB',
    `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: inventory\r\n\r\n`,
    414,
    /a request line of more than 61440 bytes/,
  ],
]

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

  function restore(): void {
    pair.app.answer = (request, response) => void request.resume().once('end', () => response.end('here'))
  }
})

const head = 'HTTP/1.1 200 OK\r\n'
const breakOff: Behaviour = (socket, _received, _served, end) => {
  socket.write(`${head}content-length: 10\r\n\r\nhello`, () => setTimeout(() => end.reset(socket), 50))
}
/** name, behaviour, what the caller sees, flag, words */
const lies: readonly (readonly [string, Behaviour, number | 'broken' | 'whole', string, RegExp])[] = [
  [
    'shorter than its length',
    (socket) => void socket.end(`${head}content-length: 10\r\n\r\nhello`),
    'broken',
    'UC',
    /closed in the middle of the answer/,
  ],
  [
    'breaks off in a chunk',
    (socket) => void socket.end(`${head}transfer-encoding: chunked\r\n\r\na\r\nhello`),
    'broken',
    'UC',
    /closed in the middle of the answer/,
  ],
  ['resets in its body', breakOff, 'broken', 'UC', /broke off/],
  [
    'longer than its length',
    (socket) => void socket.write(`${head}content-length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n`),
    'whole',
    '-',
    /./,
  ],
  ['no HTTP at all', (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n'), 502, 'UPE', /the answer is not HTTP\/1/],
  ['HTTP/2', (socket) => void socket.write('HTTP/2.0 200 OK\r\n\r\n'), 502, 'UPE', /the answer is not HTTP\/1/],
  [
    'a status of two digits',
    (socket) => void socket.write('HTTP/1.1 20 OK\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'a status of 600',
    (socket) => void socket.write('HTTP/1.1 600 OK\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'NUL in its reason',
    (socket) => void socket.write('HTTP/1.1 200 O\0K\r\n\r\n'),
    502,
    'UPE',
    /the status line is not one of HTTP\/1/,
  ],
  [
    'bare LF',
    (socket) => void socket.write('HTTP/1.1 200 OK\ncontent-length: 0\n\n'),
    502,
    'UPE',
    /bare LF in the status line/,
  ],
  [
    'a blank before the colon',
    (socket) => void socket.write(`${head}x-a : b\r\n\r\n`),
    502,
    'UPE',
    /white space in or behind the name/,
  ],
  ['a folded field', (socket) => void socket.write(`${head}x-a: b\r\n c\r\n\r\n`), 502, 'UPE', /obs-fold/],
  ['NUL in a field', (socket) => void socket.write(`${head}x-a: b\0c\r\n\r\n`), 502, 'UPE', /NUL in a field line/],
  [
    'two lengths',
    (socket) => void socket.write(`${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`),
    502,
    'UPE',
    /more than one Content-Length/,
  ],
  [
    'length and chunks',
    (socket) => void socket.write(`${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    502,
    'UPE',
    /both Content-Length and Transfer-Encoding/,
  ],
  [
    'a bad chunk size',
    (socket) => void socket.write(`${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`),
    'broken',
    'UPE',
    /a chunk without a size/,
  ],
  [
    'a head of 100 kB',
    (socket) => void socket.write(`${head}x-a: ${'b'.repeat(100_000)}\r\n\r\n`),
    502,
    'UPE',
    /a head of more than 61440 bytes/,
  ],
  [
    '101 fields',
    (socket) => void socket.write(`${head}${'x-a: b\r\n'.repeat(101)}\r\n`),
    502,
    'UPE',
    /more than 100 field lines/,
  ],
  [
    '101 that nobody asked for',
    (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    502,
    'UPE',
    /101, and nobody asked/,
  ],
  [
    'a flood of 1xx',
    (socket) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
    502,
    'UPE',
    /more than 32 informational answers/,
  ],
  ['closes without an answer', (socket) => void socket.end(), 503, 'UC', /closed before an answer/],
  ['resets without an answer', (socket, _received, _served, end) => end.reset(socket), 503, 'UC', /./],
  ['closes in its head', (socket) => void socket.end('HTTP/1.1 200 O'), 503, 'UC', /closed before an answer/],
]

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
