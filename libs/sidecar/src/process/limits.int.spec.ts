/**
 * What one connection may cost, with limits that a test can wait for: the time for a head and a body, connections, and above all buffers. With a watermark of
 * 16 KiB every writer on the way is told to wait all the time, so that whoever forgets to go on stands still here.
 */
import type { Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Http1Limits } from '../http1/limits.ts'
import { eventually } from '../testing/eventually.ts'
import type { TestMesh } from '../testing/mesh.ts'
import type { ProcessWorkload } from '../testing/process-workload.ts'
import { connectRaw } from '../testing/raw-request.ts'
import { bytesAt, Checked } from './testing/bytes.ts'
import { call, collect, connectAsPeer, NewLines, startMesh, startPair, type Pair } from './testing/pair.ts'

const MAX_CONNECTIONS = 40
vi.mock('../http1/limits.ts', async (original) => {
  const real = await original<{ DEFAULT_LIMITS: Http1Limits }>()
  const small: Partial<Http1Limits> = {
    headTimeoutMs: 700,
    requestTimeoutMs: 6000,
    idleTimeoutMs: 1500,
    streamIdleTimeoutMs: 2000,
    bufferedBytes: 16_384,
    maxConnections: 40,
  }
  return { ...real, DEFAULT_LIMITS: { ...real.DEFAULT_LIMITS, ...small } }
})

let mesh: TestMesh
let pair: Pair

beforeAll(async () => {
  mesh = await startMesh()
  pair = await startPair(mesh)
  await eventually(async () => expect((await call(pair.caller.outboundPort)).status).toBe(200))
})
afterAll(async () => {
  await pair.close()
  await mesh.stop()
})
afterEach(async () => {
  pair.app.answer = (request, response) => void request.resume().once('end', () => response.end('here'))
  expect((await call(pair.caller.outboundPort, { path: '/afterwards' })).body.toString()).toBe('here')
})

describe.each(['outbound', 'inbound'] as const)('%s: who is slow', (direction) => {
  const connect = async (): Promise<Socket> =>
    direction === 'outbound' ? connectRaw(pair.caller.outboundPort) : connectAsPeer(mesh, 'inventory-1')
  const workload = (): ProcessWorkload => (direction === 'outbound' ? pair.caller : pair.callee)

  async function trickle(socket: Socket, text: string): Promise<{ text: string; closed: boolean }> {
    const timer = setInterval(() => socket.writable && socket.write(text), 100)
    try {
      return await collect(socket, 9000)
    } finally {
      clearInterval(timer)
    }
  }

  it('a head that trickles in: 408', async () => {
    const lines = await NewLines.of(workload())
    const socket = await connect()
    socket.write('GET /slowloris HTTP/1.1\r\nHost: inventory\r\n')
    const { text, closed } = await trickle(socket, 'X-A: b\r\n')
    expect(closed).toBe(true)
    expect(text).toMatch(/^HTTP\/1\.1 408 [^]*"code":"mesh-request-timeout"/)
    expect(await lines.line(/slowloris/)).toMatch(/ 408 DPE "the head did not come in time"/)
  })

  it('a body that does not go on: 408, and the request is given up above', async () => {
    const lines = await NewLines.of(workload())
    const gone = new Promise((resolve) => (pair.app.answer = (request) => void request.once('close', resolve)))
    const socket = await connect()
    socket.write('POST /slow-body HTTP/1.1\r\nHost: inventory\r\nContent-Length: 100\r\n\r\nhello')
    const { text, closed } = await collect(socket, 9000)
    expect(closed).toBe(true)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(await lines.line(/slow-body/)).toMatch(/ 408 DPE "nothing came of the request body for too long"/)
    await gone
  })

  it('a body that trickles in: 408', async () => {
    const lines = await NewLines.of(workload())
    const socket = await connect()
    socket.write('POST /trickle HTTP/1.1\r\nHost: inventory\r\nTransfer-Encoding: chunked\r\n\r\n')
    const { text, closed } = await trickle(socket, '1\r\nx\r\n')
    expect(closed).toBe(true)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(await lines.line(/trickle/)).toMatch(/ 408 DPE "the request did not come in time"/)
  })

  it('a reader that does not read: what waits for it is bounded, and it is cut off', async () => {
    const lines = await NewLines.of(workload())
    let written = 0
    const gone = new Promise((resolve) => {
      pair.app.answer = (_request, response) => {
        response.once('close', resolve)
        const more = (): void => {
          while (!response.destroyed) {
            const bytes = bytesAt(written, 65_536)
            written += bytes.length
            if (!response.write(bytes)) break
          }
        }
        response.on('drain', more)
        more()
      }
    })
    const socket = await connect()
    socket.pause()
    socket.write('GET /slow-reader HTTP/1.1\r\nHost: inventory\r\n\r\n')
    await gone
    // The kernel's own buffers of three hops, and ours.
    expect(written).toBeLessThan(48 * 1024 * 1024)
    expect(await lines.line(/slow-reader/)).toMatch(
      / 200 DC "the caller went away: the client does not read its answer"/,
    )
    socket.destroy()
  })

  it(`connection ${MAX_CONNECTIONS + 1}: closed at once, UO`, async () => {
    const lines = await NewLines.of(workload())
    const sockets: Socket[] = []
    for (let index = 0; index < MAX_CONNECTIONS; index++) {
      const socket = await connect()
      socket.on('error', () => undefined)
      sockets.push(socket)
    }
    const { text, closed } = await collect(await connect(), 5000)
    expect([text, closed]).toEqual(['', true])
    expect(await lines.line(/ UO /)).toMatch(
      new RegExp(
        `\\] ${direction} "- - HTTP/1\\.1" 0 UO "${MAX_CONNECTIONS} connections are open, and there may be no more"`,
      ),
    )
    for (const socket of sockets) socket.destroy()
    await eventually(async () => expect((await call(pair.caller.outboundPort)).status).toBe(200))
  })
})

describe('a connection that says nothing', () => {
  it('is closed after the idle time, without an answer', async () => {
    expect(await collect(connectRaw(pair.caller.outboundPort), 9000)).toEqual({ text: '', closed: true })
  })
  it('is closed after the idle time behind an answer, too', async () => {
    const socket = connectRaw(pair.caller.outboundPort)
    socket.write('GET / HTTP/1.1\r\nHost: inventory\r\n\r\n')
    const { text, closed } = await collect(socket, 9000)
    expect([text.match(/HTTP\/1\.1 /g)?.length, closed]).toEqual([1, true])
  })
})

/** How one end behaves: pieces that it writes, and pauses that it makes, both used over and over. */
interface Manner {
  readonly pieces: readonly number[]
  readonly pauses: readonly number[]
}

const manner: fc.Arbitrary<Manner> = fc.record({
  pieces: fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1000, max: 20_000 }),
      fc.integer({ min: 60_000, max: 200_000 }),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  pauses: fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 5, 20), { minLength: 1, maxLength: 7 }),
})

const WHOLE = 1024 * 1024
/** Small pieces would take a minute each with a pause behind every one. */
const MAX_PAUSES = 60

async function write(
  to: Socket | ServerResponse,
  { pieces, pauses }: Manner,
  frame: (piece: Buffer) => Buffer,
): Promise<void> {
  const smallest = WHOLE / 3000
  for (let at = 0, round = 0; at < WHOLE; round++) {
    const piece = bytesAt(at, Math.min(WHOLE - at, Math.max(smallest, pieces[round % pieces.length] ?? 1)))
    at += piece.length
    if (to.destroyed) return
    if (!to.write(frame(piece))) await drained(to)
    const wait = round < MAX_PAUSES ? (pauses[round % pauses.length] ?? 0) : 0
    if (wait > 0) await pause(wait)
  }
}

/** Resolves when it may be written to again, or is gone. */
function drained(to: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done)
      to.off('close', done)
      resolve()
    }
    to.once('drain', done)
    to.once('close', done)
  })
}

function read(
  from: NodeJS.ReadableStream & { pause(): unknown; resume(): unknown },
  { pauses }: Manner,
  take: (chunk: Buffer) => void,
): void {
  let round = 0
  from.on('data', (chunk: Buffer) => {
    take(chunk)
    const wait = round < MAX_PAUSES ? (pauses[round % pauses.length] ?? 0) : 0
    round++
    if (wait === 0) return
    from.pause()
    setTimeout(() => from.resume(), wait)
  })
}

const plain = (piece: Buffer): Buffer => piece
const chunked = (piece: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])

describe('a watermark of 16 KiB', () => {
  it('a megabyte up, whatever the ends do, arrives whole and never stands still', async () => {
    await fc.assert(
      fc.asyncProperty(manner, manner, fc.boolean(), async (writer, reader, isChunked) => {
        const checked = new Checked()
        pair.app.answer = (request, response) => {
          read(request, reader, (chunk) => checked.take(chunk))
          request.once('end', () => response.end(String(checked.length)))
        }
        const socket = connectRaw(pair.caller.outboundPort)
        const answer = collect(socket, 5000)
        const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${WHOLE}`
        socket.write(`PUT /up HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\n${framing}\r\n\r\n`)
        await write(socket, writer, isChunked ? chunked : plain)
        if (isChunked) socket.write('0\r\n\r\n')
        const { text } = await answer
        expect({ ...checked, answer: text.slice(-7) }).toEqual({ length: WHOLE, wrongAt: -1, answer: String(WHOLE) })
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  it('a megabyte down, whatever the ends do, arrives whole and never stands still', async () => {
    await fc.assert(
      fc.asyncProperty(manner, manner, fc.boolean(), async (writer, reader, isChunked) => {
        pair.app.answer = (_request, response) => {
          if (!isChunked) response.setHeader('content-length', WHOLE)
          void write(response, writer, plain).then(() => response.end())
        }
        const socket = connectRaw(pair.caller.outboundPort)
        socket.write('GET /down HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\n\r\n')
        const parts: Buffer[] = []
        const over = new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), 10_000)
          socket.on('error', () => undefined)
          socket.once('close', () => {
            clearTimeout(timer)
            resolve(true)
          })
        })
        read(socket, reader, (chunk) => parts.push(chunk))
        expect(await over).toBe(true)
        expect(bodyOf(Buffer.concat(parts))).toEqual({ length: WHOLE, wrongAt: -1 })
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  it('both ways at once, 16 at a time', async () => {
    pair.app.answer = (request, response) => void request.pipe(response)
    const echo = async (index: number): Promise<void> => {
      for (let round = 0; round < 4; round++) {
        const checked = new Checked()
        const body = Buffer.concat([bytesAt(0, 250_000), bytesAt(250_000, 250_000), bytesAt(500_000, 250_000)])
        const headers = index % 2 === 0 ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }
        const got = await call(pair.caller.outboundPort, { method: 'PUT', path: '/echo', headers }, body)
        checked.take(got.body)
        expect({ ...checked, status: got.status }).toEqual({ length: body.length, wrongAt: -1, status: 200 })
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_each, index) => echo(index)))
  }, 60_000)

  it.each([
    ['down', 192],
    ['up', 192],
  ] as const)(
    '%s: %d MiB are streamed, and memory stays what it was',
    async (way, mebibytes) => {
      const total = mebibytes * 1024 * 1024
      const checked = new Checked()
      let written = 0
      let furthest = 0
      const pour = async (to: Socket | ServerResponse, until = total): Promise<void> => {
        while (written < until && !to.destroyed) {
          const bytes = bytesAt(written, Math.min(until - written, 131_072))
          written += bytes.length
          furthest = Math.max(furthest, written - checked.length)
          if (!to.write(bytes)) await drained(to)
        }
      }
      const before = process.memoryUsage().rss
      let most = before
      const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
      if (way === 'up') {
        pair.app.answer = (request, response) => {
          request.on('data', (chunk: Buffer) => checked.take(chunk))
          request.once('end', () => response.end('all'))
        }
        // One after the other: a request has six seconds here, and the machine may have other work.
        const each = total / 8
        for (let until = each; until <= total; until += each) {
          const socket = connectRaw(pair.caller.outboundPort)
          const answer = collect(socket, 10_000)
          socket.write(`PUT /much HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\nContent-Length: ${each}\r\n\r\n`)
          await pour(socket, until)
          expect((await answer).text).toMatch(/all$/)
        }
      } else {
        pair.app.answer = (_request, response) => {
          response.setHeader('content-length', total)
          void pour(response).then(() => response.end())
        }
        await new Promise<void>((resolve, reject) => {
          const socket = connectRaw(pair.caller.outboundPort)
          let head = ''
          socket.on('data', (chunk: Buffer) => {
            if (head.includes('\r\n\r\n')) checked.take(chunk)
            else {
              const before = head.length
              head += chunk.toString('latin1')
              const end = head.indexOf('\r\n\r\n')
              if (end !== -1) checked.take(chunk.subarray(end + 4 - before))
            }
          })
          socket.once('error', reject)
          socket.once('close', () => resolve())
          socket.write('GET /much HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\n\r\n')
        })
      }
      clearInterval(timer)
      expect({ ...checked }).toEqual({ length: total, wrongAt: -1 })
      // The kernel's buffers of three hops are most of it.
      expect(furthest).toBeLessThan(48 * 1024 * 1024)
      expect(most - before).toBeLessThan(96 * 1024 * 1024)
    },
    60_000,
  )
})

/** Of an answer that came as it is on the wire, chunked or with a length. */
function bodyOf(answer: Buffer): { length: number; wrongAt: number } {
  const end = answer.indexOf('\r\n\r\n') + 4
  const checked = new Checked()
  if (!/transfer-encoding: chunked/i.test(answer.toString('latin1', 0, end))) checked.take(answer.subarray(end))
  else
    for (let at = end; ;) {
      const line = answer.indexOf('\r\n', at)
      const size = line === -1 ? 0 : Number.parseInt(answer.toString('latin1', at, line), 16)
      if (!(size > 0)) break
      checked.take(answer.subarray(line + 2, line + 2 + size))
      at = line + 2 + size + 2
    }
  return { length: checked.length, wrongAt: checked.wrongAt }
}
