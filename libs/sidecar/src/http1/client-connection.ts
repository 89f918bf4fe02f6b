/**
 * One connection to an upstream: one call at a time. Its answers are read as strictly as a client's requests; a connection whose state is in any doubt is
 * destroyed, because the next call would read what belongs to this one.
 */
import type net from 'node:net'
import { ChunkedDecoder, type ChunkSink } from './chunked.ts'
import type { ClientCall, ClientConnection, ClientFailure, RequestFraming } from './client-call.ts'
import { consumeDirectly, type DirectConsumer } from './direct-read.ts'
import { readOnAfterFailedWrite } from './failed-write.ts'
import type { FieldLines } from './fields.ts'
import { isWorthScanning } from './head-scan.ts'
import { CHUNKED, parseResponseHead, UNTIL_CLOSE, type ResponseHead } from './heads.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'
import { beginTurn, endTurn, Outgoing } from './outgoing.ts'
import { clock } from './sweep.ts'

/** What the pool does with its connections. */
export interface ConnectionOwner {
  /** May this connection, which has served `served` calls, serve one more after the current? */
  isLast(connection: UpstreamConnection): boolean
  onIdle(connection: UpstreamConnection): void
  onGone(connection: UpstreamConnection): void
}

/** What the reading side waits for. */
const Input = { idle: 0, head: 1, length: 2, chunked: 3, untilClose: 4, gone: 5 } as const
type Input = (typeof Input)[keyof typeof Input]

const MAX_INFORMATIONAL = 32
/** A peer that says it closes after n seconds may be sooner than we hear of it. */
const KEEP_ALIVE_MARGIN_MS = 1000

export class UpstreamConnection implements ClientConnection, ChunkSink, DirectConsumer {
  readonly socket: net.Socket
  readonly remoteAddress: string
  /** By the clock of the sweep. */
  readonly openedAt = clock.now
  idleSince = clock.now
  /** Calls that were begun on it. */
  served = 0
  readonly #owner: ConnectionOwner
  readonly #limits: Http1Limits
  readonly #out: Outgoing
  #decoder: ChunkedDecoder | null = null
  #call: ClientCall | null = null
  #input: Input = Input.idle
  #rest: Buffer | null = null
  #left = 0
  #paused = false
  #pumping = false
  #sent = false
  #requestEnded = false
  /** No further call after this one. */
  #last = false
  /** A byte of the answer has come. */
  #heard = false
  #head: ResponseHead | null = null
  #informational = 0
  /** How long the peer says it keeps an idle connection. */
  #keepMs = Infinity
  #cause: Error | null = null
  /** The peer has closed its side. */
  #ended = false

  constructor(socket: net.Socket, limits: Http1Limits, owner: ConnectionOwner) {
    this.socket = socket
    this.remoteAddress = socket.remoteAddress ?? ''
    this.#limits = limits
    this.#owner = owner
    this.#out = new Outgoing(socket, limits.bufferedBytes, this.#onDrain)
    socket.setNoDelay(true)
    if (!consumeDirectly(socket, this)) socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    readOnAfterFailedWrite(socket, this.#isAsked)
  }

  get holdsData(): boolean {
    return this.#out.holdsData
  }

  get call(): ClientCall | null {
    return this.#call
  }

  /** Whether a call may still be put on it; asked right before. */
  isUsable(idleTimeoutMs: number): boolean {
    return (
      this.socket.writable &&
      !this.socket.readableEnded &&
      clock.now - this.idleSince < Math.min(idleTimeoutMs, this.#keepMs)
    )
  }

  /** For the pool. */
  assign(call: ClientCall): void {
    const reused = this.served > 0
    this.served++
    this.#call = call
    this.#input = Input.head
    this.#sent = false
    this.#requestEnded = false
    this.#heard = false
    this.#head = null
    this.#informational = 0
    this.#last = this.#owner.isLast(this)
    call.onConnection(this, reused)
  }

  /** For the pool: an idle connection that is not wanted any more. */
  close(): void {
    this.#goAway()
  }

  start(head: string, body: Buffer | null, framing: RequestFraming, ended: boolean, codings = ''): boolean {
    if (this.#call === null) return true
    this.#sent = true
    this.#requestEnded = ended || framing === 'none'
    let text = head
    if (this.#last) text += 'connection: close\r\n'
    text += framing === 'chunked' ? 'transfer-encoding: ' + codings + 'chunked\r\n\r\n' : '\r\n'
    return this.#out.begin(text, framing === 'none' ? null : body, framing === 'chunked', this.#requestEnded)
  }

  write(chunk: Buffer): boolean {
    if (this.#call === null || this.#requestEnded) return true
    return this.#out.write(chunk)
  }

  end(trailers: string | null): void {
    if (this.#call === null || this.#requestEnded) return
    this.#requestEnded = true
    this.#out.end(trailers)
  }

  pause(): void {
    if (this.#call === null) return
    this.#paused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    const rest = this.#rest
    if (rest !== null && !this.#pumping) {
      this.#rest = null
      this.#pump(rest)
    }
    if (this.#paused) return
    if (this.#ended) this.#onEnd()
    else this.socket.resume()
  }

  abort(): void {
    if (this.#call === null) return
    this.#call = null
    this.#goAway()
  }

  /** Ends the call with a failure that is not the connection's. */
  fail(kind: ClientFailure['kind'], reason: string): void {
    this.#fail(kind, reason)
  }

  /** For whoever reads the socket. */
  onBytes(data: Buffer): boolean {
    const call = this.#call
    this.#onData(data)
    return this.#rest !== null || call === null || call.holdsData()
  }

  get readsBody(): boolean {
    return this.#input === Input.length || this.#input === Input.chunked || this.#input === Input.untilClose
  }

  /** For the chunk decoder. */
  onPayload(chunk: Buffer): boolean {
    this.#call?.onData(chunk)
    return !this.#paused && this.#input === Input.chunked
  }

  readonly #onData = (data: Buffer): void => {
    if (this.#input === Input.gone) return
    if (this.#call === null) {
      // Nobody has asked: an answer to nothing would become the answer to the next.
      this.#goAway()
      return
    }
    this.#heard = true
    const rest = this.#rest
    if (rest === null) {
      this.#pump(data)
      return
    }
    const all = Buffer.concat([rest, data])
    this.#rest = null
    if (this.#paused || (this.#input === Input.head && !isWorthScanning(all, rest.length, this.#limits)))
      this.#rest = all
    else this.#pump(all)
  }

  readonly #onEnd = (): void => {
    if (this.#input === Input.gone) return
    this.#ended = true
    if (this.#isBehind()) return
    if (this.#call === null) this.#goAway()
    else if (this.#input === Input.untilClose && this.#rest === null) this.#complete(null, false)
    else this.#fail('reset', this.#head === null ? 'closed before an answer' : 'closed in the middle of the answer')
  }

  readonly #onDrain = (): void => {
    if (this.#out.drained() && this.#call !== null && !this.#requestEnded) this.#call.onDrain()
  }

  readonly #onError = (error: Error): void => {
    this.#cause ??= error
  }

  readonly #onClose = (): void => {
    if (this.#ended && this.#cause === null && this.#isBehind()) return
    if (this.#call === null) this.#goAway()
    else this.#fail('reset', this.#cause?.message ?? 'the connection broke')
  }

  /** What has come is not handed on yet: the reader is slow, and what it gets is whole all the same. */
  #isBehind(): boolean {
    return this.#paused && this.#rest !== null && this.#call !== null
  }

  readonly #isAsked = (): boolean => this.#call !== null

  #pump(data: Buffer): void {
    this.#pumping = true
    beginTurn()
    let at = 0
    try {
      let before = -1
      while (at < data.length && at !== before && this.#call !== null) {
        before = at
        if (this.#paused) break
        if (this.#input === Input.head) at = this.#readHead(data, at, this.#call)
        else if (this.#input === Input.chunked) at = this.#readChunked(data, at)
        else at = this.#readPlain(data, at, this.#call)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#fail('protocol', error.reason)
    } finally {
      this.#pumping = false
      endTurn()
    }
    if (this.#call !== null && at < data.length) this.#rest = at === 0 ? data : data.subarray(at)
  }

  #readHead(data: Buffer, from: number, call: ClientCall): number {
    const parsed = parseResponseHead(data, from, this.#limits, call.method)
    if (parsed === null) return from
    const head = parsed.head!
    const at = parsed.end
    if (head.status === 101) throw new ProtocolError(400, '101, and nobody asked for another protocol')
    if (head.status < 200) {
      if (++this.#informational > MAX_INFORMATIONAL)
        throw new ProtocolError(400, `more than ${MAX_INFORMATIONAL} informational answers`)
      call.onInformational(head)
      return at
    }
    this.#head = head
    this.#begin(head)
    call.onHead(head)
    if (head.length === 0 && this.#call === call) this.#complete(null, at < data.length)
    return at
  }

  #begin(head: ResponseHead): void {
    if (head.length === CHUNKED) {
      this.#input = Input.chunked
      if (this.#decoder === null) this.#decoder = new ChunkedDecoder(this.#limits)
      else this.#decoder.reset()
    } else if (head.length === UNTIL_CLOSE) this.#input = Input.untilClose
    else {
      this.#input = Input.length
      this.#left = head.length
    }
  }

  #readPlain(data: Buffer, from: number, call: ClientCall): number {
    const bounded = this.#input === Input.length
    const end = bounded ? Math.min(data.length, from + this.#left) : data.length
    if (bounded) this.#left -= end - from
    call.onData(from === 0 && end === data.length ? data : data.subarray(from, end))
    if (bounded && this.#left === 0 && this.#call === call) this.#complete(null, end < data.length)
    return end
  }

  #readChunked(data: Buffer, from: number): number {
    const decoder = this.#decoder!
    const call = this.#call
    const at = decoder.decode(data, from, this)
    if (decoder.done && this.#call === call) this.#complete(decoder.trailers, at < data.length)
    return at
  }

  /** @param more bytes came that belong to no answer */
  #complete(trailers: FieldLines | null, more: boolean): void {
    const call = this.#call
    const head = this.#head
    if (call === null || head === null) return
    const margin = head.keepAliveSeconds * 1000 - KEEP_ALIVE_MARGIN_MS
    if (head.keepAliveSeconds >= 0) this.#keepMs = margin
    // Answered before it was all asked, or more than was asked: what comes next on it cannot be told.
    const reusable = head.keepAlive && !more && !this.#last && this.#requestEnded && this.#out.empty && this.#keepMs > 0
    this.#call = null
    if (reusable && this.socket.writable) {
      this.#input = Input.idle
      this.idleSince = clock.now
      if (this.#paused) {
        this.#paused = false
        this.socket.resume()
      }
      this.#owner.onIdle(this)
    } else this.#goAway()
    call.onEnd(trailers)
  }

  #fail(kind: ClientFailure['kind'], reason: string): void {
    const call = this.#call
    if (call === null) return
    this.#call = null
    const failure: ClientFailure = {
      kind,
      reason,
      sent: this.#sent,
      reused: this.served > 1 && !this.#heard,
      headReceived: this.#head !== null,
      cause: this.#cause,
    }
    this.#goAway()
    call.onFailure(failure)
  }

  #goAway(): void {
    if (this.#input === Input.gone) return
    this.#input = Input.gone
    this.#rest = null
    this.socket.destroy()
    this.#owner.onGone(this)
  }
}
