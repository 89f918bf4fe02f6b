import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import type { ClientCall, ClientConnection, RequestFraming } from './client-call.ts'
import { ClientPool, type ClientPoolOptions } from './client-pool.ts'
import { listen } from './testing/loopback.ts'
import { RecordedCall } from './testing/transcript.ts'

/** What an upstream does with each connection, and with what it reads on it. */
type Upstream = (socket: net.Socket, text: string, number: number) => void

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'
const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function poolTo(upstream: Upstream, options: Partial<ClientPoolOptions> = {}) {
  const sockets: net.Socket[] = []
  let seen = ''
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const number = sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      seen += data.toString('latin1')
      upstream(socket, data.toString('latin1'), number)
    })
  })
  const { port, close } = await listen(server)
  const pool = new ClientPool({
    connect(done) {
      const socket = net.connect({ port, host: '127.0.0.1' })
      socket.once('error', (error) => done(error, null))
      socket.once('connect', () => done(null, socket))
    },
    ...options,
  })
  closers.push(async () => {
    pool.destroy()
    for (const socket of sockets) socket.destroy()
    await close()
  })
  return { pool, sockets, seen: () => seen }
}

function call(pool: ClientPool, one: ClientCall = new RecordedCall('GET')): RecordedCall {
  pool.request(one)
  return one as RecordedCall
}

const over = (...calls: RecordedCall[]) =>
  eventually(() => {
    for (const one of calls) expect(one.ended || one.failure !== null).toBe(true)
  })

/** A call with a body that the test writes. */
class Upload extends RecordedCall {
  readonly framing: RequestFraming
  drains = 0

  constructor(framing: RequestFraming) {
    super('POST')
    this.framing = framing
  }
  override onConnection(connection: ClientConnection): void {
    this.connection = connection
    const length = this.framing === 'length' ? 'content-length: 5\r\n' : ''
    connection.start(`POST / HTTP/1.1\r\nhost: a\r\n${length}`, null, this.framing, false)
  }
  override onDrain(): void {
    this.drains++
  }
}

describe('client pool', () => {
  it('uses the warmest connection again', async () => {
    const { pool, sockets } = await poolTo((socket) => socket.write(OK))
    const first = call(pool)
    const second = call(pool)
    await over(first, second)
    expect([pool.connected, pool.active]).toEqual([2, 0])
    const warm = call(pool)
    await over(warm)
    const again = call(pool)
    expect(again.connection).toBe(warm.connection)
    expect([first.reused, again.reused]).toEqual([false, true])
    await over(again)
    expect(sockets).toHaveLength(2)
  })
  it('lets calls wait, and refuses those that are too many', async () => {
    const { pool, sockets } = await poolTo((socket) => void setTimeout(() => socket.write(OK), 20), {
      maxConnections: 1,
      maxPending: 2,
    })
    const calls = [call(pool), call(pool), call(pool)]
    expect(calls[2]?.failure).toMatchObject({ kind: 'overflow', sent: false, headReceived: false })
    await over(...calls)
    expect(calls.map(({ body }) => body)).toEqual(['hi', 'hi', ''])
    expect(sockets).toHaveLength(1)
  })
  it('says close with the last request of a connection, and takes a new one', async () => {
    const { pool, sockets, seen } = await poolTo((socket) => socket.write(OK), { maxRequestsPerConnection: 2 })
    for (let count = 0; count < 3; count++) await over(call(pool))
    expect(sockets).toHaveLength(2)
    expect(seen().split('connection: close\r\n')).toHaveLength(2)
  })
  it('closes what is idle for too long, or old', async () => {
    for (const options of [{ idleTimeoutMs: 300 }, { maxConnectionDurationMs: 300 }]) {
      const { pool } = await poolTo((socket) => socket.write(OK), options)
      await over(call(pool))
      expect(pool.connected).toBe(1)
      await eventually(() => expect(pool.connected).toBe(0))
    }
  })
  it('drops an idle connection that the peer has closed, and one that speaks without being asked', async () => {
    const { pool, sockets } = await poolTo((socket) => socket.write(OK))
    await over(call(pool))
    sockets[0]!.end()
    await eventually(() => expect(pool.connected).toBe(0))
    const next = call(pool)
    await over(next)
    expect([next.failure, next.reused]).toEqual([null, false])
    sockets[1]!.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n')
    await eventually(() => expect(pool.connected).toBe(0))
  })
  it('the keep-alive race is told from other failures', async () => {
    let requests = 0
    const { pool } = await poolTo((socket) => {
      if (++requests === 1) socket.write(OK)
      else socket.destroy()
    })
    await over(call(pool))
    const race = call(pool)
    await over(race)
    expect(race.failure).toMatchObject({ kind: 'reset', reused: true, sent: true, headReceived: false })
    const fresh = call(pool)
    await over(fresh)
    expect(fresh.failure).toMatchObject({ kind: 'reset', reused: false })
  })
  it('one byte of an answer, and it is no keep-alive race any more', async () => {
    let requests = 0
    const { pool } = await poolTo((socket) => {
      if (++requests === 1) socket.write(OK)
      else socket.write('H', () => socket.destroy())
    })
    await over(call(pool))
    const cut = call(pool)
    await over(cut)
    expect(cut.failure).toMatchObject({ kind: 'reset', reused: false })
  })
  it('no connection: connect, for everybody who waited for it', async () => {
    let tries = 0
    const pool = new ClientPool({
      maxConnections: 1,
      connect: (done) => setImmediate(done, new Error(`refused ${++tries}`), null),
    })
    const calls = [call(pool), call(pool)]
    await over(...calls)
    calls.push(call(pool))
    await over(...calls)
    expect(calls.map(({ failure }) => [failure?.kind, failure?.reason, failure?.sent])).toEqual([
      ['connect', 'refused 1', false],
      ['connect', 'refused 1', false],
      ['connect', 'refused 2', false],
    ])
    pool.destroy()
  })
  it('many calls at once: few connections are opened at a time, and whatever is free is used', async () => {
    let opening = 0
    let most = 0
    const { port, close } = await listen(net.createServer((socket) => socket.on('data', () => socket.write(OK))))
    const pool = new ClientPool({
      connect(done) {
        most = Math.max(most, ++opening)
        // As long as a handshake with somebody who has much to do.
        setTimeout(() => {
          const socket = net.connect({ port, host: '127.0.0.1' })
          socket.once('error', (error) => done(error, null))
          socket.once('connect', () => done(null, socket)).once('connect', () => opening--)
        }, 20)
      },
    })
    closers.push(close, () => pool.destroy())
    const calls = Array.from({ length: 100 }, () => call(pool))
    await over(...calls)
    expect(calls.every(({ failure }) => failure === null)).toBe(true)
    // One more, while one that is open is being handed over.
    expect(most).toBeLessThanOrEqual(9)
    expect(pool.connected).toBeLessThan(50)
  })

  it('a silent peer: all who wait learn of it together', async () => {
    let asked = 0
    const pool = new ClientPool({
      connect(done) {
        asked++
        setTimeout(() => done(new Error('no connection within 50 ms'), null), 50)
      },
    })
    closers.push(() => pool.destroy())
    const began = performance.now()
    const calls = Array.from({ length: 100 }, () => call(pool))
    await over(...calls)
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(calls.every(({ failure }) => failure?.kind === 'connect')).toBe(true)
    expect(asked).toBeLessThan(40)
  })

  it('a connection that is closed by the time it is handed over is none', async () => {
    const pool = new ClientPool({ connect: (done) => setImmediate(done, null, new net.Socket().destroy()) })
    const one = call(pool)
    await over(one)
    expect(one.failure).toMatchObject({ kind: 'connect', sent: false })
    expect(pool.connected).toBe(0)
    pool.destroy()
  })
  it('head and body of a request that are written one after the other leave in one packet', async () => {
    const packets: string[] = []
    const { pool } = await poolTo((socket, text) => {
      packets.push(text)
      socket.write(OK)
    })
    for (const framing of ['length', 'chunked'] as const) {
      const upload = new Upload(framing)
      upload.onConnection = (connection) => {
        Upload.prototype.onConnection.call(upload, connection)
        connection.write(Buffer.from('hello'))
        connection.end(null)
      }
      await over(call(pool, upload))
    }
    expect(packets).toEqual([
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello',
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ])
    expect(pool.connected).toBe(1)
  })
  it('an answer before the request has ended is handed on, and the connection is not used again', async () => {
    const { pool, sockets } = await poolTo((socket) => socket.write(OK))
    const upload = call(pool, new Upload('chunked'))
    await over(upload)
    expect([upload.body, upload.failure]).toEqual(['hi', null])
    expect(pool.connected).toBe(0)
    // Whoever still writes does no harm.
    upload.connection?.write(Buffer.from('late'))
    upload.connection?.end(null)
    await over(call(pool))
    expect(sockets).toHaveLength(2)
  })
  it('bytes behind a whole answer, in the same packet or later: never used again', async () => {
    const { pool } = await poolTo((socket) => socket.write(`${OK}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`))
    const one = call(pool)
    await over(one)
    expect(one.body).toBe('hi')
    expect(pool.connected).toBe(0)
  })
  it('a malformed answer: protocol, and never used again', async () => {
    const { pool } = await poolTo((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi!'),
    )
    const one = call(pool)
    await over(one)
    expect(one.failure).toMatchObject({ kind: 'protocol', reason: 'more than one Content-Length' })
    expect(pool.connected).toBe(0)
  })
  it('an answer that is cut: reset, with its head', async () => {
    const { pool } = await poolTo((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi'))
    const one = call(pool)
    await over(one)
    expect(one.failure).toMatchObject({ kind: 'reset', headReceived: true })
    expect(one.body).toBe('hi')
  })
  it('101 is no answer to what was asked', async () => {
    const { pool } = await poolTo((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n'),
    )
    const one = call(pool)
    await over(one)
    expect(one.failure).toMatchObject({ kind: 'protocol', reason: '101, and nobody asked for another protocol' })
  })
  it('back-pressure: a paused answer stays with the upstream', async () => {
    const size = 30_000_000
    const { pool, sockets } = await poolTo((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      socket.write(Buffer.alloc(size))
    })
    let bytes = 0
    const one = new RecordedCall('GET')
    one.onData = (chunk) => {
      if (bytes === 0) one.connection?.pause()
      bytes += chunk.length
    }
    pool.request(one)
    await eventually(() => expect(bytes).toBeGreaterThan(0))
    const before = bytes
    await pause(100)
    expect(bytes).toBe(before)
    expect(sockets[0]!.writableLength).toBeGreaterThan(0)
    one.connection?.resume()
    await over(one)
    expect([bytes, one.failure]).toEqual([size, null])
    expect(pool.connected).toBe(1)
  })
  it('back-pressure: an upstream that does not read makes write say wait', async () => {
    let first = true
    const { pool, sockets } = await poolTo((socket) => {
      if (first) socket.pause()
      first = false
    })
    const upload = new Upload('chunked')
    pool.request(upload)
    await eventually(() => expect(sockets).toHaveLength(1))
    await eventually(() => expect(upload.connection).not.toBeNull())
    let more = true
    // More than the kernel takes for somebody who does not read.
    for (let sent = 0; sent < 300; sent++) more = upload.connection!.write(Buffer.alloc(65_536))
    expect(more).toBe(false)
    await pause(50)
    expect(upload.drains).toBe(0)
    sockets[0]!.resume()
    await eventually(() => expect(upload.drains).toBe(1))
  })
  it('cancel takes back what waits and what is under way; destroy all', async () => {
    const { pool } = await poolTo(() => {}, { maxConnections: 1 })
    const [one, two, three] = [call(pool), call(pool), call(pool)]
    await eventually(() => expect(one.connection).not.toBeNull())
    pool.cancel(two)
    expect(two.failure).toMatchObject({ kind: 'aborted', sent: false })
    pool.cancel(one)
    expect(one.failure).toMatchObject({ kind: 'aborted', sent: true })
    await eventually(() => expect(three.connection).not.toBeNull())
    pool.destroy()
    expect(three.failure?.kind).toBe('aborted')
    expect([pool.connected, pool.pending]).toEqual([0, 0])
    expect(call(pool).failure?.kind).toBe('aborted')
  })
  it('abort: nothing more is called', async () => {
    const { pool } = await poolTo((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi'))
    const one = call(pool)
    await eventually(() => expect(one.body).toBe('hi'))
    one.connection?.abort()
    await pause(30)
    expect([one.ended, one.failure, pool.connected]).toEqual([false, null, 0])
  })
  it('close: idle ones go, those under way finish', async () => {
    const { pool } = await poolTo((socket) => void setTimeout(() => socket.write(OK), 50))
    const one = call(pool)
    await eventually(() => expect(one.connection).not.toBeNull())
    pool.close()
    await over(one)
    expect([one.body, pool.connected]).toEqual(['hi', 0])
  })
})
