/** Servers that answer before they have read the request, and close on what they did not read: the answer that came must arrive, whatever becomes of the rest. */
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import type { ClientConnection } from './client-call.ts'
import { ClientPool, type Connector } from './client-pool.ts'
import { DirectReader } from './direct-read.ts'
import { listen } from './testing/loopback.ts'
import { RecordedCall } from './testing/transcript.ts'

const BODY = 8 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024, 'x')
const TOO_LONG = 'HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 8\r\n\r\ntoo long'
const TIMES = 40
const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Sends as fast as it may, a chunk a turn, as a body that comes from somebody else. */
class Upload extends RecordedCall {
  #left = BODY
  #connection: ClientConnection | null = null

  constructor() {
    super('POST')
  }

  override onConnection(connection: ClientConnection): void {
    this.#connection = connection
    connection.start(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${BODY}\r\n`, null, 'length', false)
    this.#more()
  }
  override onDrain(): void {
    this.#more()
  }

  #more(): void {
    if (this.ended || this.failure !== null) return
    this.#left -= CHUNK.length
    const room = this.#connection?.write(CHUNK) ?? false
    if (this.#left === 0) this.#connection?.end(null)
    else if (room) setImmediate(() => this.#more())
  }
}

type Leave = (socket: net.Socket) => void
const leaves: readonly (readonly [string, Leave])[] = [
  ['closes', (socket) => socket.destroy()],
  ['closes a moment later', (socket) => void setTimeout(() => socket.destroy(), 2)],
  ['closes its side, then the rest', (socket) => socket.end(() => socket.destroy())],
]

function early(leave: Leave): (socket: net.Socket) => void {
  return (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.pause()
      socket.write(TOO_LONG, () => leave(socket))
    })
  }
}

async function poolTo(server: net.Server, connect: (port: number) => Connector): Promise<ClientPool> {
  const { port, close } = await listen(server)
  const pool = new ClientPool({ connect: connect(port) })
  closers.push(async () => {
    pool.destroy()
    await close()
  })
  return pool
}

function plain(direct: boolean): (port: number) => Connector {
  return (port) => (done) => {
    const reader = direct ? new DirectReader() : null
    const socket = net.connect({ port, host: '127.0.0.1', ...(reader !== null && { onread: reader.onread }) })
    reader?.attach(socket)
    socket.once('error', (error) => done(error, null))
    socket.once('connect', () => done(null, socket))
  }
}

async function everyAnswerArrives(pool: ClientPool): Promise<void> {
  for (let time = 0; time < TIMES; time++) {
    const upload = new Upload()
    pool.request(upload)
    await eventually(() => expect(upload.ended || upload.failure !== null).toBe(true))
    expect([upload.failure?.reason, upload.head?.status, upload.body]).toEqual([undefined, 413, 'too long'])
  }
}

it.each(leaves.flatMap(([how, leave]) => [true, false].map((direct) => [how, direct, leave] as const)))(
  'plain, it %s (read directly: %s)',
  async (_how, direct, leave) => {
    await everyAnswerArrives(await poolTo(net.createServer(early(leave)), plain(direct)))
  },
)

it.each(leaves)('over TLS, it %s', async (_how, leave) => {
  const authority = await makeAuthority()
  const { key, chain } = await authority.issue('spiffe://cluster.local/ns/default/sa/a', { addresses: ['127.0.0.1'] })
  const server = tls.createServer({ key, cert: chain }, early(leave))
  server.on('tlsClientError', () => undefined)
  const pool = await poolTo(server, (port) => (done) => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca: authority.root, checkServerIdentity: () => undefined })
    socket.once('error', (error) => done(error, null))
    socket.once('secureConnect', () => done(null, socket))
  })
  await everyAnswerArrives(pool)
})

it('without an answer it is a failure at once, and not after a while', async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.resetAndDestroy())
  })
  const pool = await poolTo(server, plain(true))
  for (let time = 0; time < TIMES; time++) {
    const upload = new Upload()
    const began = performance.now()
    pool.request(upload)
    await eventually(() => expect(upload.failure).not.toBeNull())
    expect(upload.failure?.kind).toBe('reset')
    expect(performance.now() - began).toBeLessThan(1000)
  }
})
