/**
 * One client's connection: how requests are answered, when it goes on to the next, and how it ends. Requests come in one after the other, and the next is read
 * (server-input.ts) only when the answer to the one before has ended, so answers cannot change their order.
 */
import type net from 'node:net'
import { consumeDirectly, readAsStream } from './direct-read.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import { refusedHead } from './refused-head.ts'
import type { ResponseFraming, ServerHandler } from './server-handler.ts'
import { ServerInput } from './server-input.ts'
import { Answer, Input } from './server-states.ts'
import { clock, unwatch, watch, type Swept } from './sweep.ts'

const LINGER_MS = 1000
/**
 * A client that closes its side may still wait for its answer, or have gone: the same FIN says both. Envoy and nginx take it for gone at once; here the
 * answer still reaches a client that waits, as long as something moves.
 */
const HALF_CLOSED_MS = 1000
/** Of what nobody wants is read; then the client has to wait, until it has read its answer or the time is over. */
const LINGER_BYTES = 1024 * 1024
/** The rest of a body that nobody wants is read up to here, to keep the connection; beyond it, closing is cheaper. */
const UNWANTED_BYTES = 64 * 1024

export class ServerConnection extends ServerInput implements Swept {
  readonly remoteAddress: string
  protected readonly handler: ServerHandler
  readonly #out: Outgoing
  #closing = false
  #informed = false
  #bodiless = false
  #discarded = 0
  #reason = ''

  /**
   * @param socket ready for use; nothing else may listen to its data
   * @param handler makes the handler; called before this returns, with a connection that may not be used yet
   */
  constructor(socket: net.Socket, limits: Http1Limits, handler: (connection: ServerConnection) => ServerHandler) {
    super(socket, limits)
    this.remoteAddress = socket.remoteAddress ?? ''
    this.#out = new Outgoing(socket, limits.bufferedBytes, this.#onDrain)
    this.handler = handler(this)
    // A client that closes its side after its request still waits for the answer.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    if (!consumeDirectly(socket, this)) socket.on('data', this.onData)
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
    return this.answer !== Answer.none
  }

  /** Whether a chunk that was written is still needed in its place. */
  get holdsData(): boolean {
    return this.#out.holdsData
  }

  /** @param head 1xx: status line and field lines, without the empty line. Without effect once the answer has begun, and for a client that speaks HTTP/1.0. */
  inform(head: string): void {
    if (this.answer !== Answer.none || this.head === null || this.head.minor === 0 || this.#isOver()) return
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
    if (this.answer !== Answer.none) throw new Error('the answer to this request has begun already')
    const request = this.head
    const old = request !== null && request.minor === 0
    const chunked = framing === 'chunked' && !old
    if (framing === 'close' || (old && framing === 'chunked') || request === null || !request.keepAlive)
      this.#closing = true
    // Said while there is still a head to say it in, as Envoy does: an answer may end before its request.
    if (!this.#mayKeepUnread()) this.#closing = true
    this.#bodiless = framing === 'none' || (request !== null && request.method === 'HEAD')
    this.answer = Answer.begun
    let text = head
    if (this.#closing) text += 'connection: close\r\n'
    else if (old) text += 'connection: keep-alive\r\n'
    text += chunked ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n'
    this.active = clock.now
    const more = this.#out.begin(text, this.#bodiless ? null : body, chunked && !this.#bodiless, ended)
    if (ended) this.#answered()
    return more
  }

  /** @returns false: wait for `onDrain` */
  write(chunk: Buffer): boolean {
    if (this.answer !== Answer.begun || this.#bodiless || this.#isOver()) return true
    this.active = clock.now
    return this.#out.write(chunk)
  }

  /** @param trailers lines, each ending in CRLF; only with chunked framing */
  end(trailers: string | null): void {
    if (this.answer !== Answer.begun || this.#isOver()) return
    this.#out.end(trailers)
    this.#answered()
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
    if (this.idle && this.rest === null) this.#finish('drained')
  }

  /** After `onUpgrade`: the socket is the caller's, paused; `onClosed` is no longer called. An error listener stays on the socket. */
  detach(): void {
    const { socket, rest } = this
    this.#out.flush()
    this.input = Input.gone
    this.rest = null
    unwatch(this)
    readAsStream(socket)
    // Came before reading had stopped, behind what `onUpgrade` was given.
    if (rest !== null && rest.length > this.handedOver) socket.push(rest.subarray(this.handedOver))
    socket.off('data', this.onData)
    socket.off('end', this.#onEnd)
    socket.off('drain', this.#onDrain)
    socket.off('close', this.#onClose)
  }

  sweep(now: number): void {
    const limits = this.limits
    const quiet = now - this.active
    if (this.ended && this.input === Input.answer && quiet > HALF_CLOSED_MS) {
      this.#destroy('the client closed its side, and nothing moved since')
    } else if (this.input === Input.linger) {
      if (quiet > LINGER_MS) this.#destroy(this.#reason)
    } else if (this.input === Input.head && this.since === 0) {
      if (quiet > limits.idleTimeoutMs) this.#finish('idle timeout')
    } else if (this.input === Input.head) {
      if (now - this.since > limits.headTimeoutMs) this.#tooSlow('the head did not come in time')
    } else if (this.readsBody && !this.paused) {
      const late = limits.requestTimeoutMs > 0 && now - this.since > limits.requestTimeoutMs
      if (late) this.#tooSlow('the request did not come in time')
      else if (quiet > limits.streamIdleTimeoutMs) this.#tooSlow('nothing came of the request body for too long')
    } else if (quiet > limits.streamIdleTimeoutMs && !this.#out.empty)
      this.#destroy('the client does not read its answer')
    else if (quiet > limits.streamIdleTimeoutMs && this.input === Input.refused) this.#destroy(this.#reason)
  }

  protected discard(bytes: number): void {
    this.#discarded += bytes
    if (this.#discarded > LINGER_BYTES) this.setReading(false)
  }

  readonly #onEnd = (): void => {
    this.ended = true
    this.active = clock.now
    this.nothingMoreComes()
  }

  readonly #onDrain = (): void => {
    this.active = clock.now
    if (this.#out.drained() && this.answer === Answer.begun && !this.#isOver()) this.handler.onDrain()
  }

  readonly #onError = (error: Error): void => {
    if (this.#reason === '') this.#reason = error.message
  }

  readonly #onClose = (): void => {
    unwatch(this)
    this.input = Input.gone
    this.rest = null
    this.handler.onClosed(this.#reason === '' ? 'closed by the client' : this.#reason)
  }

  #isOver(): boolean {
    return this.input === Input.linger || this.input === Input.gone
  }

  protected nothingMoreComes(): void {
    if (this.readsBody && !this.paused) this.#destroy('the client closed in the middle of its request')
    else if (this.input === Input.head)
      this.#finish(this.rest === null ? 'closed by the client' : 'the client closed in the middle of a head')
  }

  /** Whether the connection may go on although the answer ends before the request. */
  #mayKeepUnread(): boolean {
    if (this.input === Input.answer || this.input === Input.upgrade) return true
    // Whether such a client still sends its body, nobody knows.
    if (this.head === null || (this.head.expectContinue && !this.#informed)) return false
    return this.input === Input.length && this.left <= UNWANTED_BYTES
  }

  #answered(): void {
    this.answer = Answer.ended
    if (this.input === Input.answer || this.input === Input.upgrade) this.next()
    else if (this.#closing || !this.#mayKeepUnread()) this.#finish('closed after the answer')
    else if (this.paused) this.resume()
  }

  protected next(): void {
    if (this.#closing) {
      this.#finish('closed after the answer')
      return
    }
    this.#informed = false
    this.readNext()
  }

  protected refuse(error: ProtocolError, data: Buffer | null, at: number): void {
    const head = this.head ?? (data === null ? null : refusedHead(data, at))
    const broken = this.answer !== Answer.none
    this.input = Input.refused
    this.#closing = true
    this.rest = null
    this.paused = false
    this.#reason = error.reason
    this.setReading(true)
    this.handler.onRefused(error, head)
    if (broken) this.#destroy(error.reason)
  }

  #tooSlow(reason: string): void {
    this.refuse(new ProtocolError(408, reason), this.rest, 0)
  }

  /** Closes our side and waits a little for the client's. */
  #finish(reason: string): void {
    if (this.#isOver()) return
    if (this.#reason === '') this.#reason = reason
    this.input = Input.linger
    this.active = clock.now
    this.rest = null
    this.setReading(true)
    this.#out.flush()
    this.socket.end()
  }

  #destroy(reason: string): void {
    if (this.input === Input.gone) return
    if (this.#reason === '') this.#reason = reason
    this.input = Input.gone
    this.socket.destroy()
  }
}
