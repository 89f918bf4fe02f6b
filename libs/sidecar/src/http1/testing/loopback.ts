/** Both ends on real sockets: a server of the codec with a handler that a test can steer, and a raw client that keeps what it gets. */
import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import type { FieldLines } from '../fields.ts'
import type { RequestHead } from '../heads.ts'
import { DEFAULT_LIMITS, type Http1Limits, type ProtocolError } from '../limits.ts'
import { ServerConnection } from '../server-connection.ts'
import type { RefusedHead, ServerHandler } from '../server-handler.ts'

/** Writes down what happens; what a test wants done, it puts into `when…`. */
export class SteeredHandler implements ServerHandler {
  readonly connection: ServerConnection
  readonly heads: RequestHead[] = []
  readonly refusals: { error: ProtocolError; head: RefusedHead | null }[] = []
  body = ''
  bytes = 0
  ends = 0
  drains = 0
  trailers: string | null = null
  closed: string | null = null
  whenRequest: (handler: SteeredHandler, head: RequestHead) => void = () => {}
  whenData: (handler: SteeredHandler) => void = () => {}
  whenEnd: (handler: SteeredHandler, head: RequestHead) => void = ({ connection }, head) => {
    const body = Buffer.from(head.target)
    connection.respond(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n`, body, 'length', true)
  }
  whenUpgrade: (handler: SteeredHandler, head: RequestHead, rest: Buffer) => void = (handler, head) =>
    handler.whenEnd(handler, head)

  constructor(connection: ServerConnection) {
    this.connection = connection
  }

  onRequest(head: RequestHead): void {
    this.heads.push(head)
    this.whenRequest(this, head)
  }
  onData(chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.bytes < 100_000) this.body += chunk.toString('latin1')
    this.whenData(this)
  }
  holdsData(): boolean {
    return false
  }
  onEnd(trailers: FieldLines | null): void {
    this.ends++
    this.trailers = trailers?.write() ?? null
    this.whenEnd(this, this.heads.at(-1)!)
  }
  onDrain(): void {
    this.drains++
  }
  onRefused(error: ProtocolError, head: RefusedHead | null): void {
    this.refusals.push({ error, head })
    if (!this.connection.responded)
      this.connection.respond(`HTTP/1.1 ${error.status} Refused\r\ncontent-length: 0\r\n`, null, 'none', true)
  }
  onUpgrade(head: RequestHead, rest: Buffer): void {
    this.heads.push(head)
    this.whenUpgrade(this, head, rest)
  }
  onClosed(reason: string): void {
    this.closed = reason
  }
}

export interface Loopback {
  readonly port: number
  readonly handlers: SteeredHandler[]
  /** A raw client; `text` is what it got so far. */
  connect(): Promise<RawClient>
  close(): Promise<void>
}

export async function loopback(
  steer: (handler: SteeredHandler) => void = () => {},
  limits: Partial<Http1Limits> = {},
): Promise<Loopback> {
  const handlers: SteeredHandler[] = []
  const all = { ...DEFAULT_LIMITS, ...limits }
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    new ServerConnection(socket, all, (connection) => {
      const handler = new SteeredHandler(connection)
      steer(handler)
      handlers.push(handler)
      return handler
    })
  })
  const { port, close } = await listen(server)
  const clients: RawClient[] = []
  return {
    port,
    handlers,
    async connect() {
      const client = new RawClient(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }))
      clients.push(client)
      await once(client.socket, 'connect')
      return client
    },
    async close() {
      for (const { socket } of clients) socket.destroy()
      for (const { connection } of handlers) connection.destroy()
      await close()
    },
  }
}

export async function listen(server: net.Server): Promise<{ port: number; close(): Promise<void> }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}

export class RawClient {
  readonly socket: net.Socket
  text = ''
  packets = 0
  ended = false
  closed = false

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (data) => {
      this.packets++
      this.text += data.toString('latin1')
    })
    socket.on('end', () => (this.ended = true))
    // A reset is one of the things that tests wait for.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => (this.closed = true))
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }
}
