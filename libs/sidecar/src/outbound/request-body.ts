/**
 * A request body on its way to a peer, pushed by whoever reads it: a server connection, node's request, or an iterable of `fetch`. It is streamed, not
 * collected; what has passed is kept until it exceeds the limit, so that a second try can be made, and from then on it cannot. A try that is given up
 * leaves the source untouched.
 */
import type { FieldLines } from '../http1/fields.ts'

/** Bytes that are kept for a second try, as Envoy's default for `per_request_buffer_limit_bytes`. */
export const REPLAY_LIMIT = 64 * 1024

/** Where a body goes: one try. */
export interface BodyConsumer {
  /** @returns false where no more may come until `RequestBody.resume` */
  onBody(chunk: Buffer): boolean
  /** Whether bytes that `onBody` was given are still needed in their place. */
  holdsBody(): boolean
  onBodyEnd(trailers: FieldLines | null): void
  /** The source broke off: the request can never be completed. */
  onBodyFailure(error: Error): void
}

export interface RequestBody {
  /** As the request's head says; -1 where it does not. */
  readonly length: number
  /** Transfer codings before `chunked`, as they are written: empty, or such as `gzip, `. */
  readonly codings: string
  /** Bytes that have come. */
  readonly bytes: number
  /** Whether everything that has come can be sent again. */
  readonly replayable: boolean
  /** Whether the last byte has come. */
  readonly complete: boolean
  readonly trailers: FieldLines | null
  /**
   * From now on chunks go to this consumer; the one before gets no more. Nothing is pushed before `resume` is called.
   * @returns what has come already, from the first byte; null where that is nothing
   */
  feed(consumer: BodyConsumer): Buffer | null
  /** The consumer gets no more: its try was given up. Another one's is left alone. */
  release(consumer: BodyConsumer): void
  /** The consumer may have more. */
  resume(): void
  /** Told once, when the last byte has come: all of it, or null where it was too long to be kept or never became whole. */
  whole(done: (bytes: Buffer | null) => void): void
  /** The request is over: nobody will read on. */
  cancel(): void
}

/** What a body's source must be able to do. */
export interface BodySource {
  /** Push on; the first call is the sign that somebody reads at all. */
  resume(): void
  /** Nobody reads on. */
  cancel(): void
}

export class ReplayableBody implements RequestBody {
  readonly length: number
  readonly codings: string
  bytes: number
  complete: boolean
  trailers: FieldLines | null
  #kept: Buffer[]
  #keptBytes: number
  #overflowed: boolean
  #failure: Error | null
  #consumer: BodyConsumer | null
  #source: BodySource | null
  #waiting: ((bytes: Buffer | null) => void)[] | null

  /** @param length as the head says, -1 where it does not @param source null where everything is pushed at once */
  constructor(length: number, source: BodySource | null, codings = '') {
    this.length = length
    this.codings = codings
    this.bytes = 0
    this.complete = false
    this.trailers = null
    this.#kept = []
    this.#keptBytes = 0
    this.#overflowed = false
    this.#failure = null
    this.#consumer = null
    this.#source = source
    this.#waiting = null
  }

  get replayable(): boolean {
    return !this.#overflowed && this.#failure === null
  }

  /** Whether bytes that were pushed are still needed in their place. */
  get holdsData(): boolean {
    return this.#kept.length > 0 || this.#consumer?.holdsBody() === true
  }

  /** @returns false where the source should pause until `BodySource.resume` */
  push(chunk: Buffer): boolean {
    if (this.complete || this.#failure !== null) return true
    this.bytes += chunk.length
    if (this.length >= 0 && this.bytes > this.length) {
      this.fail(new Error('the request body is longer than its Content-Length'))
      return false
    }
    if (!this.#overflowed) this.#keep(chunk)
    if (this.#consumer !== null) return this.#consumer.onBody(chunk)
    return this.#keptBytes <= REPLAY_LIMIT
  }

  finish(trailers: FieldLines | null): void {
    if (this.complete || this.#failure !== null) return
    if (this.length >= 0 && this.bytes < this.length) {
      this.fail(new Error('the request body is shorter than its Content-Length'))
      return
    }
    this.complete = true
    this.trailers = trailers
    this.#tellWaiting()
    this.#consumer?.onBodyEnd(trailers)
  }

  fail(error: Error): void {
    if (this.complete || this.#failure !== null) return
    this.#failure = error
    this.#tellWaiting()
    this.#consumer?.onBodyFailure(error)
  }

  feed(consumer: BodyConsumer): Buffer | null {
    this.#consumer = consumer
    const kept = this.#joined()
    if (this.#keptBytes > REPLAY_LIMIT) this.#forget()
    return kept
  }

  release(consumer: BodyConsumer): void {
    if (this.#consumer === consumer) this.#consumer = null
  }

  resume(): void {
    if (this.#failure !== null) this.#consumer?.onBodyFailure(this.#failure)
    else if (!this.complete) this.#source?.resume()
  }

  whole(done: (bytes: Buffer | null) => void): void {
    this.#waiting ??= []
    this.#waiting.push(done)
    if (this.complete || !this.replayable) this.#tellWaiting()
  }

  cancel(): void {
    this.#consumer = null
    const source = this.#source
    this.#source = null
    if (!this.complete) source?.cancel()
    this.#forget()
  }

  #tellWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting === null) return
    const bytes = this.complete && this.replayable ? (this.#joined() ?? Buffer.alloc(0)) : null
    for (const done of waiting) done(bytes)
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    // Without a consumer they are kept all the same, however many: the source is told to pause.
    if (this.#keptBytes > REPLAY_LIMIT && this.#consumer !== null) this.#forget()
  }

  #forget(): void {
    this.#overflowed = true
    this.#kept = []
    this.#keptBytes = 0
    this.#tellWaiting()
  }

  #joined(): Buffer | null {
    const [first] = this.#kept
    if (first === undefined) return null
    return this.#kept.length === 1 ? first : Buffer.concat(this.#kept, this.#keptBytes)
  }
}

/** A body that is all there. */
export function wholeBody(bytes: Buffer, codings = ''): ReplayableBody {
  const body = new ReplayableBody(codings === '' ? bytes.length : -1, null, codings)
  body.push(bytes)
  body.finish(null)
  return body
}
