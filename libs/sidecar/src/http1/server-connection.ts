/**
 * One client's connection: requests come in one after the other, and the next is read only when the answer to the one before has ended, so answers cannot
 * change their order. What a client sends ahead waits in a small buffer, and beyond it in the kernel.
 */
import type net from 'node:net'
import { ChunkedDecoder, type ChunkSink } from './chunked.ts'
import { consumeDirectly, readAsStream, type DirectConsumer } from './direct-read.ts'
import type { FieldLines } from './fields.ts'
import { isWorthScanning } from './head-scan.ts'
import { CHUNKED, parseRequestHead, type RequestHead } from './heads.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import type { RefusedHead, ResponseFraming, ServerHandler } from './server-handler.ts'
import { clock, unwatch, watch, type Swept } from './sweep.ts'

/** What the reading side waits for. */
const Input = {
  head: 0,
  length: 1,
  chunked: 2,
  /** The request is whole; its answer is not. */
  answer: 3,
  upgrade: 4,
  /** Refused: nothing more is read as HTTP. */
  refused: 5,
  /** Our side is closed; what still comes is thrown away, because closing over unread bytes would be a reset that can take the answer with it. */
  linger: 6,
  gone: 7,
} as const
type Input = (typeof Input)[keyof typeof Input]

const Answer = { none: 0, begun: 1, ended: 2 } as const
type Answer = (typeof Answer)[keyof typeof Answer]

const LINGER_MS = 1000
/**
 * A client that closes its side may still wait for its answer, or have gone: the same FIN says both. Envoy and nginx take it for gone at once; here the
 * answer still reaches a client that waits, as long as something moves.
 */
const HALF_CLOSED_MS = 1000
const LINGER_BYTES = 1024 * 1024
/** What a client may send ahead of its turn before the socket is no longer read. */
const AHEAD_BYTES = 64 * 1024
/** The rest of a body that nobody wants is read up to here, to keep the connection; beyond it, closing is cheaper. */
const UNWANTED_BYTES = 64 * 1024
const CR = 13
const LF = 10
const NOTHING = Buffer.alloc(0)

export class ServerConnection implements Swept, ChunkSink, DirectConsumer {
  readonly socket: net.Socket
  readonly remoteAddress: string
  readonly #limits: Http1Limits
  readonly #handler: ServerHandler
  readonly #out: Outgoing
  #decoder: ChunkedDecoder | null = null
  #input: Input = Input.head
  #answer: Answer = Answer.none
  #head: RequestHead | null = null
  #rest: Buffer | null = null
  /** Bytes of a length-delimited body that are still to come. */
  #left = 0
  #paused = false
  #reading = true
  #pumping = false
  #closing = false
  #ended = false
  #informed = false
  #bodiless = false
  #emptyLine = false
  #discarded = 0
  /** Bytes that `onUpgrade` was given. */
  #handedOver = 0
  /** When the first byte of the current request came; 0: not yet. */
  #since = 0
  #active = clock.now
  #reason = ''

  /**
   * @param socket ready for use; nothing else may listen to its data
   * @param handler makes the handler; called before this returns, with a connection that may not be used yet
   */
  constructor(socket: net.Socket, limits: Http1Limits, handler: (connection: ServerConnection) => ServerHandler) {
    this.socket = socket
    this.remoteAddress = socket.remoteAddress ?? ''
    this.#limits = limits
    this.#out = new Outgoing(socket, limits.bufferedBytes, this.#onDrain)
    this.#handler = handler(this)
    // A client that closes its side after its request still waits for the answer.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    if (!consumeDirectly(socket, this)) socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    watch(this)
    // Whoever looked at its first byte before us may have been too slow: its end was told already.
    if (socket.closed) process.nextTick(this.#onClose)
  }

  /** Whether an answer to the current request has begun. */
  get responded(): boolean {
    return this.#answer !== Answer.none
  }

  /** Whether a chunk that was written is still needed in its place. */
  get holdsData(): boolean {
    return this.#out.holdsData
  }

  /** Whether no request is under way. */
  get idle(): boolean {
    return this.#input === Input.head && this.#head === null
  }

  /** @param head 1xx: status line and field lines, without the empty line. Without effect once the answer has begun, and for a client that speaks HTTP/1.0. */
  inform(head: string): void {
    if (this.#answer !== Answer.none || this.#head === null || this.#head.minor === 0 || this.#isOver()) return
    this.#informed = true
    this.#out.begin(head + '\r\n', null, false, true)
  }

  /**
   * Begins the answer. It leaves in one write with the body that is passed, or with what is written in the same turn. Without effect once the connection is gone.
   * @param head latin1: status line and end-to-end field lines, ending behind the last line's CRLF, without the empty line; Connection and Transfer-Encoding are added here
   * @param framing chunked becomes close for a client that speaks HTTP/1.0
   * @param ended the body that is passed (or none) is the whole body
   * @returns false: wait for `onDrain`
   */
  respond(head: string, body: Buffer | null, framing: ResponseFraming, ended: boolean): boolean {
    if (this.#isOver()) return true
    if (this.#answer !== Answer.none) throw new Error('the answer to this request has begun already')
    const request = this.#head
    const old = request !== null && request.minor === 0
    const chunked = framing === 'chunked' && !old
    if (framing === 'close' || (old && framing === 'chunked') || request === null || !request.keepAlive)
      this.#closing = true
    // Said while there is still a head to say it in, as Envoy does: an answer may end before its request.
    if (!this.#mayKeepUnread()) this.#closing = true
    this.#bodiless = framing === 'none' || (request !== null && request.method === 'HEAD')
    this.#answer = Answer.begun
    let text = head
    if (this.#closing) text += 'connection: close\r\n'
    else if (old) text += 'connection: keep-alive\r\n'
    text += chunked ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n'
    this.#active = clock.now
    const more = this.#out.begin(text, this.#bodiless ? null : body, chunked && !this.#bodiless, ended)
    if (ended) this.#answered()
    return more
  }

  /** @returns false: wait for `onDrain` */
  write(chunk: Buffer): boolean {
    if (this.#answer !== Answer.begun || this.#bodiless || this.#isOver()) return true
    this.#active = clock.now
    return this.#out.write(chunk)
  }

  /** @param trailers lines, each ending in CRLF; only with chunked framing */
  end(trailers: string | null): void {
    if (this.#answer !== Answer.begun || this.#isOver()) return
    this.#out.end(trailers)
    this.#answered()
  }

  /** The request body is not read on. */
  pause(): void {
    this.#paused = true
    this.#setReading(false)
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    // Time that we made the client wait is not the client's.
    this.#active = clock.now
    this.#goOn()
  }

  closeAfterResponse(): void {
    this.#closing = true
  }

  /** What was written leaves first: an answer that has begun and breaks off must not look like one that never came. */
  destroy(): void {
    this.#out.flush()
    this.#destroy('destroyed by this side')
  }

  /** Closes at once where nothing is under way, otherwise after this answer. */
  drain(): void {
    this.#closing = true
    if (this.idle && this.#rest === null) this.#finish('drained')
  }

  /** After `onUpgrade`: the socket is the caller's, paused; `onClosed` is no longer called. An error listener stays on the socket. */
  detach(): void {
    const { socket } = this
    const rest = this.#rest
    this.#out.flush()
    this.#input = Input.gone
    this.#rest = null
    unwatch(this)
    readAsStream(socket)
    // Came before reading had stopped, behind what `onUpgrade` was given.
    if (rest !== null && rest.length > this.#handedOver) socket.push(rest.subarray(this.#handedOver))
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('drain', this.#onDrain)
    socket.off('close', this.#onClose)
  }

  sweep(now: number): void {
    const limits = this.#limits
    const quiet = now - this.#active
    if (this.#ended && this.#input === Input.answer && quiet > HALF_CLOSED_MS) {
      this.#destroy('the client closed its side, and nothing moved since')
    } else if (this.#input === Input.linger) {
      if (quiet > LINGER_MS) this.#destroy(this.#reason)
    } else if (this.#input === Input.head && this.#since === 0) {
      if (quiet > limits.idleTimeoutMs) this.#finish('idle timeout')
    } else if (this.#input === Input.head) {
      if (now - this.#since > limits.headTimeoutMs) this.#tooSlow('the head did not come in time')
    } else if (this.#isReadingBody() && !this.#paused) {
      const late = limits.requestTimeoutMs > 0 && now - this.#since > limits.requestTimeoutMs
      if (late) this.#tooSlow('the request did not come in time')
      else if (quiet > limits.streamIdleTimeoutMs) this.#tooSlow('nothing came of the request body for too long')
    } else if (quiet > limits.streamIdleTimeoutMs && !this.#out.empty)
      this.#destroy('the client does not read its answer')
    else if (quiet > limits.streamIdleTimeoutMs && this.#input === Input.refused) this.#destroy(this.#reason)
  }

  /** For whoever reads the socket. */
  onBytes(data: Buffer): boolean {
    this.#onData(data)
    return (
      this.#rest !== null || this.#input === Input.upgrade || this.#input === Input.gone || this.#handler.holdsData()
    )
  }

  get readsBody(): boolean {
    return this.#isReadingBody()
  }

  /** For the chunk decoder. */
  onPayload(chunk: Buffer): boolean {
    if (this.#answer !== Answer.ended) this.#handler.onData(chunk)
    return !this.#paused && this.#input === Input.chunked
  }

  readonly #onData = (data: Buffer): void => {
    if (this.#input === Input.linger || this.#input === Input.refused) {
      this.#discarded += data.length
      if (this.#discarded > LINGER_BYTES) this.#destroy(this.#reason)
      return
    }
    this.#active = clock.now
    const rest = this.#rest
    if (rest === null) {
      this.#pump(data)
      return
    }
    const all = Buffer.concat([rest, data])
    this.#rest = all
    if (this.#input !== Input.head || isWorthScanning(all, rest.length, this.#limits)) this.#goOn()
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#active = clock.now
    this.#nothingMoreComes()
  }

  readonly #onDrain = (): void => {
    this.#active = clock.now
    if (this.#out.drained() && this.#answer === Answer.begun && !this.#isOver()) this.#handler.onDrain()
  }

  readonly #onError = (error: Error): void => {
    if (this.#reason === '') this.#reason = error.message
  }

  readonly #onClose = (): void => {
    unwatch(this)
    this.#input = Input.gone
    this.#rest = null
    this.#handler.onClosed(this.#reason === '' ? 'closed by the client' : this.#reason)
  }

  #isOver(): boolean {
    return this.#input === Input.linger || this.#input === Input.gone
  }

  #isReadingBody(): boolean {
    return this.#input === Input.length || this.#input === Input.chunked
  }

  /** Reads what waits, then the socket. */
  #goOn(): void {
    const rest = this.#rest
    if (rest !== null && !this.#pumping) {
      this.#rest = null
      this.#pump(rest)
    }
    if (!this.#paused && this.#input !== Input.upgrade)
      this.#setReading(this.#rest === null || this.#rest.length < AHEAD_BYTES)
  }

  #setReading(reading: boolean): void {
    if (reading === this.#reading) return
    this.#reading = reading
    if (reading) this.socket.resume()
    else this.socket.pause()
  }

  #pump(data: Buffer): void {
    this.#pumping = true
    let at = 0
    try {
      let before = -1
      // Each round takes bytes or changes what is waited for; where neither happens, more must come first.
      while (at < data.length && at !== before) {
        before = at
        if (this.#input === Input.head) at = this.#readHead(data, at)
        else if (this.#paused) break
        else if (this.#input === Input.length) at = this.#readLength(data, at)
        else if (this.#input === Input.chunked) at = this.#readChunked(data, at)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error, data, at)
    } finally {
      this.#pumping = false
    }
    if (this.#input >= Input.refused) return
    if (at < data.length) {
      this.#rest = at === 0 ? data : data.subarray(at)
      if (this.#rest.length >= AHEAD_BYTES && this.#input !== Input.head) this.#setReading(false)
    }
    if (this.#ended) this.#nothingMoreComes()
  }

  /** The client has closed its side: what is not whole by now never will be. */
  #nothingMoreComes(): void {
    if (this.#isReadingBody() && !this.#paused) this.#destroy('the client closed in the middle of its request')
    else if (this.#input === Input.head)
      this.#finish(this.#rest === null ? 'closed by the client' : 'the client closed in the middle of a head')
  }

  #readHead(data: Buffer, from: number): number {
    if (this.#since === 0) this.#since = clock.now
    if (data[from] === CR && !this.#emptyLine) {
      // One empty line before a request is forgiven (RFC 9112 2.2).
      if (from + 1 === data.length) return from
      if (data[from + 1] !== LF) throw new ProtocolError(400, 'bare CR before a request')
      this.#emptyLine = true
      return from + 2
    }
    const parsed = parseRequestHead(data, from, this.#limits)
    if (parsed === null) return from
    const head = parsed.head!
    const at = parsed.end
    this.#head = head
    // What follows CONNECT is no HTTP either.
    if (head.upgrade !== null || head.method === 'CONNECT') {
      this.#input = Input.upgrade
      this.#setReading(false)
      this.#handedOver = data.length - at
      this.#handler.onUpgrade(head, at < data.length ? data.subarray(at) : NOTHING)
      return at
    }
    if (head.length === 0) {
      this.#input = Input.answer
      this.#handler.onRequest(head)
      this.#requestEnded(head, null)
    } else {
      this.#beginBody(head)
      this.#handler.onRequest(head)
    }
    return at
  }

  #beginBody(head: RequestHead): void {
    if (head.length === CHUNKED) {
      this.#input = Input.chunked
      if (this.#decoder === null) this.#decoder = new ChunkedDecoder(this.#limits)
      else this.#decoder.reset()
    } else {
      this.#input = Input.length
      this.#left = head.length
    }
  }

  #readLength(data: Buffer, from: number): number {
    const end = Math.min(data.length, from + this.#left)
    this.#left -= end - from
    const head = this.#head!
    if (this.#answer !== Answer.ended)
      this.#handler.onData(from === 0 && end === data.length ? data : data.subarray(from, end))
    if (this.#left === 0 && this.#input === Input.length) {
      this.#input = Input.answer
      this.#requestEnded(head, null)
    }
    return end
  }

  #readChunked(data: Buffer, from: number): number {
    const decoder = this.#decoder!
    const head = this.#head!
    const at = decoder.decode(data, from, this)
    if (decoder.done && this.#input === Input.chunked) {
      this.#input = Input.answer
      this.#requestEnded(head, decoder.trailers)
    }
    return at
  }

  /** @param head of the request that has ended; by now its answer may have, too */
  #requestEnded(head: RequestHead, trailers: FieldLines | null): void {
    if (this.#head !== head) return
    if (this.#paused) {
      // From here on only the client's going away can be read, and that is worth knowing.
      this.#paused = false
      this.#setReading(true)
    }
    if (this.#answer !== Answer.ended) {
      if (this.#input === Input.answer) this.#handler.onEnd(trailers)
    } else if (this.#input === Input.answer) this.#next()
  }

  /** Whether the connection may go on although the answer ends before the request. */
  #mayKeepUnread(): boolean {
    if (this.#input === Input.answer || this.#input === Input.upgrade) return true
    // Whether such a client still sends its body, nobody knows.
    if (this.#head === null || (this.#head.expectContinue && !this.#informed)) return false
    return this.#input === Input.length && this.#left <= UNWANTED_BYTES
  }

  #answered(): void {
    this.#answer = Answer.ended
    if (this.#input === Input.answer || this.#input === Input.upgrade) this.#next()
    else if (this.#closing || !this.#mayKeepUnread()) this.#finish('closed after the answer')
    else if (this.#paused) this.resume()
  }

  /** Request and answer are over. */
  #next(): void {
    if (this.#closing) {
      this.#finish('closed after the answer')
      return
    }
    this.#input = Input.head
    this.#answer = Answer.none
    this.#head = null
    this.#since = 0
    this.#active = clock.now
    this.#emptyLine = false
    this.#informed = false
    this.#paused = false
    if (!this.#pumping) this.#goOn()
    else this.#setReading(true)
    if (this.#ended && !this.#pumping) this.#nothingMoreComes()
  }

  #refuse(error: ProtocolError, data: Buffer | null, at: number): void {
    const head = this.#head ?? (data === null ? null : refusedHead(data, at))
    const broken = this.#answer !== Answer.none
    this.#input = Input.refused
    this.#closing = true
    this.#rest = null
    this.#paused = false
    this.#reason = error.reason
    this.#setReading(true)
    this.#handler.onRefused(error, head)
    if (broken) this.#destroy(error.reason)
  }

  #tooSlow(reason: string): void {
    this.#refuse(new ProtocolError(408, reason), this.#rest, 0)
  }

  /** Closes our side and waits a little for the client's. */
  #finish(reason: string): void {
    if (this.#isOver()) return
    if (this.#reason === '') this.#reason = reason
    this.#input = Input.linger
    this.#active = clock.now
    this.#rest = null
    this.#setReading(true)
    this.#out.flush()
    this.socket.end()
  }

  #destroy(reason: string): void {
    if (this.#input === Input.gone) return
    if (this.#reason === '') this.#reason = reason
    this.#input = Input.gone
    this.socket.destroy()
  }
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]{1,2000})/

function refusedHead(data: Buffer, at: number): RefusedHead {
  const [, method = '-', target = '-'] = REQUEST_LINE.exec(data.toString('latin1', at, at + 2048)) ?? []
  return { method, target }
}
