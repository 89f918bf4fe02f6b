/** What the codec makes of some bytes, written down so that two ways to read the same bytes can be compared. */
import type { ClientCall, ClientConnection, ClientFailure } from '../client-call.ts'
import { ClientPool } from '../client-pool.ts'
import type { FieldLines } from '../fields.ts'
import type { RequestHead, ResponseHead } from '../heads.ts'
import { DEFAULT_LIMITS, type Http1Limits, type ProtocolError } from '../limits.ts'
import { ServerConnection } from '../server-connection.ts'
import type { ServerHandler } from '../server-handler.ts'
import { MemorySocket } from './memory-socket.ts'

export interface RequestSeen {
  readonly head: RequestHead
  readonly lines: string
  body: string
  trailers: string | null
  whole: boolean
}

export interface RequestTranscript {
  readonly requests: RequestSeen[]
  refused: number | null
  reason: string | null
  closed: boolean
  written: string
}

/** Answers every request at its end, and writes down what came. */
class Recorder implements ServerHandler {
  readonly #connection: ServerConnection
  readonly #to: RequestTranscript

  constructor(connection: ServerConnection, to: RequestTranscript) {
    this.#connection = connection
    this.#to = to
  }

  onRequest(head: RequestHead): void {
    this.#to.requests.push({ head, lines: head.fields.write(), body: '', trailers: null, whole: false })
  }

  holdsData(): boolean {
    return false
  }
  onData(chunk: Buffer): void {
    this.#to.requests.at(-1)!.body += chunk.toString('latin1')
  }

  onEnd(trailers: FieldLines | null): void {
    const request = this.#to.requests.at(-1)!
    request.whole = true
    request.trailers = trailers?.write() ?? null
    this.#connection.respond('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n', null, 'none', true)
  }

  onDrain(): void {}

  onRefused(error: ProtocolError): void {
    this.#to.refused = error.status
    this.#to.reason = error.reason
    if (!this.#connection.responded)
      this.#connection.respond(`HTTP/1.1 ${error.status} Refused\r\ncontent-length: 0\r\n`, null, 'none', true)
  }

  onUpgrade(head: RequestHead): void {
    this.onRequest(head)
    this.onEnd(null)
  }

  onClosed(): void {
    this.#to.closed = true
  }
}

/** @param parts the bytes in the pieces in which they come */
export function readRequests(parts: readonly Buffer[], limits: Http1Limits = DEFAULT_LIMITS): RequestTranscript {
  const transcript: RequestTranscript = { requests: [], refused: null, reason: null, closed: false, written: '' }
  const socket = new MemorySocket()
  const connection = new ServerConnection(socket, limits, (of) => new Recorder(of, transcript))
  for (const part of parts) socket.feed(part)
  socket.feedEnd()
  transcript.written = socket.written
  connection.destroy()
  connection.detach()
  return transcript
}

export class RecordedCall implements ClientCall {
  readonly method: string
  readonly informational: number[] = []
  head: ResponseHead | null = null
  lines = ''
  body = ''
  trailers: string | null = null
  ended = false
  failure: ClientFailure | null = null
  connection: ClientConnection | null = null
  reused = false

  constructor(method: string) {
    this.method = method
  }

  onConnection(connection: ClientConnection, reused: boolean): void {
    this.connection = connection
    this.reused = reused
    connection.start(`${this.method} / HTTP/1.1\r\nhost: a\r\n`, null, 'none', true)
  }

  onInformational(head: ResponseHead): void {
    this.informational.push(head.status)
  }

  onHead(head: ResponseHead): void {
    this.head = head
    this.lines = head.fields.write()
  }

  onData(chunk: Buffer): void {
    this.body += chunk.toString('latin1')
  }

  holdsData(): boolean {
    return false
  }

  onEnd(trailers: FieldLines | null): void {
    this.ended = true
    this.trailers = trailers?.write() ?? null
  }

  onDrain(): void {}

  onFailure(failure: ClientFailure): void {
    this.failure = failure
  }
}

/** @returns the call, and whether its connection would be used again */
export function readResponse(parts: readonly Buffer[], method = 'GET'): { call: RecordedCall; reusable: boolean } {
  const socket = new MemorySocket()
  const pool = new ClientPool({ connect: (done) => done(null, socket) })
  const call = new RecordedCall(method)
  pool.request(call)
  for (const part of parts) socket.feed(part)
  const reusable = pool.connected === 1 && pool.active === 0
  socket.feedEnd()
  pool.destroy()
  return { call, reusable }
}

/** @param cuts where to cut, in any order; beyond the end they count from the begin again */
export function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  const parts: Buffer[] = []
  let from = 0
  for (const place of [...places, bytes.length]) {
    if (place > from) parts.push(bytes.subarray(from, place))
    from = place
  }
  return parts
}
