/**
 * A request body that may be sent more than once. It is streamed, not collected; what has passed is kept until it exceeds the limit, and from then on the
 * request cannot be tried again. A try that is given up leaves the source untouched, so that the next one goes on from the same bytes.
 */
export const REPLAY_LIMIT = 64 * 1024

export type BodySource = AsyncIterable<unknown> | Iterable<unknown>

export class ReplayableBody {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>
  #kept: Uint8Array[] = []
  #keptBytes = 0
  /** Chunks that were dropped from the front of `kept`. */
  #dropped = 0
  #overflowed = false
  #done = false
  #failure: Error | null = null
  #pull: Promise<void> | null = null
  #bytes = 0

  constructor(source: BodySource) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** Whether everything that was read so far can be sent again. */
  get replayable(): boolean {
    return !this.#overflowed && this.#failure === null
  }
  /** Bytes that were read from the source. */
  get bytes(): number {
    return this.#bytes
  }

  /** The whole body, from its first byte. @throws Error where it is no longer replayable */
  async *open(): AsyncGenerator<Uint8Array, void, undefined> {
    if (!this.replayable)
      throw this.#failure ?? new Error('the request body was longer than what is kept for a second try')
    let next = 0
    for (;;) {
      const chunk = this.#kept[next - this.#dropped]
      if (chunk !== undefined) {
        next++
        if (this.#overflowed) {
          this.#kept.shift()
          this.#dropped++
        }
        yield chunk
      } else if (this.#failure !== null) throw this.#failure
      else if (this.#done) return
      else await this.#read()
    }
  }

  /** The request is over: tells the source that nobody will read on. */
  cancel(): void {
    if (this.#done) return
    this.#done = true
    // The source's own complaint about being stopped early concerns nobody any more.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }

  /** One read at a time, also where a given-up try still waits for it. */
  #read(): Promise<void> {
    this.#pull ??= this.#readOnce().finally(() => (this.#pull = null))
    return this.#pull
  }

  async #readOnce(): Promise<void> {
    try {
      const result = await this.#iterator.next()
      if (result.done === true) {
        this.#done = true
        return
      }
      const chunk = bytesOf(result.value)
      this.#kept.push(chunk)
      this.#bytes += chunk.length
      this.#keptBytes += chunk.length
      if (this.#keptBytes > REPLAY_LIMIT) this.#overflowed = true
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new TypeError('a request body must consist of bytes or strings')
}
