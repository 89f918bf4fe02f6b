/**
 * The reading side of a client's connection: bytes become heads and bodies, one request after the other. The next is read only when the answer to the one
 * before has ended; what a client sends ahead of its turn waits in a small buffer, and beyond it in the kernel. How it answers and ends: server-connection.ts.
 */
import type net from 'node:net'
import { ChunkedDecoder, type ChunkSink } from './chunked.ts'
import type { DirectConsumer } from './direct-read.ts'
import type { FieldLines } from './fields.ts'
import { isWorthScanning } from './head-scan.ts'
import { CHUNKED, parseRequestHead, type RequestHead } from './heads.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'
import { beginTurn, endTurn } from './outgoing.ts'
import type { ServerHandler } from './server-handler.ts'
import { Answer, Input } from './server-states.ts'
import { clock } from './sweep.ts'

/** What a client may send ahead of its turn before the socket is no longer read. */
const AHEAD_BYTES = 64 * 1024
const CR = 13
const LF = 10
const NOTHING = Buffer.alloc(0)

export abstract class ServerInput implements ChunkSink, DirectConsumer {
  readonly socket: net.Socket
  protected readonly limits: Http1Limits
  protected abstract readonly handler: ServerHandler
  protected input: Input = Input.head
  protected answer: Answer = Answer.none
  protected head: RequestHead | null = null
  /** Read, and not taken yet. */
  protected rest: Buffer | null = null
  /** Bytes of a length-delimited body that are still to come. */
  protected left = 0
  /** Bytes that `onUpgrade` was given. */
  protected handedOver = 0
  protected paused = false
  /** The client has closed its side. */
  protected ended = false
  /** When the first byte of the current request came; 0: not yet. */
  protected since = 0
  protected active = clock.now
  #decoder: ChunkedDecoder | null = null
  #reading = true
  #pumping = false
  #emptyLine = false

  constructor(socket: net.Socket, limits: Http1Limits) {
    this.socket = socket
    this.limits = limits
  }

  /** Came after the connection was refused, or our side was closed. */
  protected abstract discard(bytes: number): void
  /** What came is no HTTP. */
  protected abstract refuse(error: ProtocolError, data: Buffer | null, at: number): void
  /** The client has closed its side: what is not whole by now never will be. */
  protected abstract nothingMoreComes(): void
  /** Request and answer are over. */
  protected abstract next(): void

  /** Whether no request is under way. */
  get idle(): boolean {
    return this.input === Input.head && this.head === null
  }

  /** Whether this is the request that is under way. */
  isReading(head: RequestHead): boolean {
    return this.head === head
  }

  /** The request body is not read on. */
  pause(): void {
    this.paused = true
    this.setReading(false)
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    // Time that we made the client wait is not the client's.
    this.active = clock.now
    this.#goOn()
  }

  /** For whoever reads the socket. */
  onBytes(data: Buffer): boolean {
    this.onData(data)
    return this.rest !== null || this.input === Input.upgrade || this.input === Input.gone || this.handler.holdsData()
  }

  /** For the chunk decoder. */
  onPayload(chunk: Buffer): boolean {
    if (this.answer !== Answer.ended) this.handler.onData(chunk)
    return !this.paused && this.input === Input.chunked
  }

  protected readonly onData = (data: Buffer): void => {
    if (this.input === Input.linger || this.input === Input.refused) {
      this.discard(data.length)
      return
    }
    this.active = clock.now
    const rest = this.rest
    if (rest === null) {
      this.#pump(data)
      return
    }
    const all = Buffer.concat([rest, data])
    this.rest = all
    if (this.input !== Input.head || isWorthScanning(all, rest.length, this.limits)) this.#goOn()
  }

  get readsBody(): boolean {
    return this.input === Input.length || this.input === Input.chunked
  }

  protected setReading(reading: boolean): void {
    if (reading === this.#reading) return
    this.#reading = reading
    if (reading) this.socket.resume()
    else this.socket.pause()
  }

  /** Reads the next request, which may have come already. */
  protected readNext(): void {
    this.input = Input.head
    this.answer = Answer.none
    this.head = null
    this.since = 0
    this.active = clock.now
    this.#emptyLine = false
    this.paused = false
    if (!this.#pumping) this.#goOn()
    else this.setReading(true)
    if (this.ended && !this.#pumping) this.nothingMoreComes()
  }

  /** Reads what waits, then the socket. */
  #goOn(): void {
    const rest = this.rest
    if (rest !== null && !this.#pumping) {
      this.rest = null
      this.#pump(rest)
    }
    if (!this.paused && this.input !== Input.upgrade)
      this.setReading(this.rest === null || this.rest.length < AHEAD_BYTES)
  }

  #pump(data: Buffer): void {
    this.#pumping = true
    beginTurn()
    let at = 0
    try {
      let before = -1
      // Each round takes bytes or changes what is waited for; where neither happens, more must come first.
      while (at < data.length && at !== before) {
        before = at
        if (this.input === Input.head) at = this.#readHead(data, at)
        else if (this.paused) break
        else if (this.input === Input.length) at = this.#readLength(data, at)
        else if (this.input === Input.chunked) at = this.#readChunked(data, at)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.refuse(error, data, at)
    } finally {
      this.#pumping = false
      endTurn()
    }
    if (this.input >= Input.refused) return
    if (at < data.length) {
      this.rest = at === 0 ? data : data.subarray(at)
      if (this.rest.length >= AHEAD_BYTES && this.input !== Input.head) this.setReading(false)
    }
    if (this.ended) this.nothingMoreComes()
  }

  #readHead(data: Buffer, from: number): number {
    if (this.since === 0) this.since = clock.now
    if (data[from] === CR && !this.#emptyLine) {
      // One empty line before a request is forgiven (RFC 9112 2.2).
      if (from + 1 === data.length) return from
      if (data[from + 1] !== LF) throw new ProtocolError(400, 'bare CR before a request')
      this.#emptyLine = true
      return from + 2
    }
    const parsed = parseRequestHead(data, from, this.limits)
    if (parsed === null) return from
    const head = parsed.head!
    const at = parsed.end
    this.head = head
    // What follows CONNECT is no HTTP either.
    if (head.upgrade !== null || head.method === 'CONNECT') {
      this.input = Input.upgrade
      this.setReading(false)
      this.handedOver = data.length - at
      this.handler.onUpgrade(head, at < data.length ? data.subarray(at) : NOTHING)
      return at
    }
    if (head.length === 0) {
      this.input = Input.answer
      this.handler.onRequest(head)
      this.#requestEnded(head, null)
    } else {
      this.#beginBody(head)
      this.handler.onRequest(head)
    }
    return at
  }

  #beginBody(head: RequestHead): void {
    if (head.length === CHUNKED) {
      this.input = Input.chunked
      if (this.#decoder === null) this.#decoder = new ChunkedDecoder(this.limits)
      else this.#decoder.reset()
    } else {
      this.input = Input.length
      this.left = head.length
    }
  }

  #readLength(data: Buffer, from: number): number {
    const end = Math.min(data.length, from + this.left)
    this.left -= end - from
    const head = this.head!
    if (this.answer !== Answer.ended)
      this.handler.onData(from === 0 && end === data.length ? data : data.subarray(from, end))
    if (this.left === 0 && this.input === Input.length) {
      this.input = Input.answer
      this.#requestEnded(head, null)
    }
    return end
  }

  #readChunked(data: Buffer, from: number): number {
    const decoder = this.#decoder!
    const head = this.head!
    const at = decoder.decode(data, from, this)
    if (decoder.done && this.input === Input.chunked) {
      this.input = Input.answer
      this.#requestEnded(head, decoder.trailers)
    }
    return at
  }

  /** @param head of the request that has ended; by now its answer may have, too */
  #requestEnded(head: RequestHead, trailers: FieldLines | null): void {
    if (this.head !== head) return
    if (this.paused) {
      // From here on only the client's going away can be read, and that is worth knowing.
      this.paused = false
      this.setReading(true)
    }
    if (this.answer !== Answer.ended) {
      if (this.input === Input.answer) this.handler.onEnd(trailers)
    } else if (this.input === Input.answer) this.next()
  }
}
