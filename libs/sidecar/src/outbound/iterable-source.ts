/** The request body of `fetch`: an iterable that is pulled, pushed into a body at the pace of the connection that takes it. Nothing is read before somebody asks. */
import { ReplayableBody, type BodySource } from './request-body.ts'

export type ByteIterable = AsyncIterable<unknown> | Iterable<unknown>

export class IterableSource implements BodySource {
  readonly body: ReplayableBody
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>
  #reading = false
  #over = false

  /** @param length in bytes as the head says, -1 where it does not */
  constructor(iterable: ByteIterable, length: number) {
    this.body = new ReplayableBody(length, this)
    this.#iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
  }

  resume(): void {
    if (this.#reading || this.#over) return
    this.#reading = true
    void this.#read()
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    // The source's own complaint about being stopped early concerns nobody any more.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }

  /** Until the body says that it has enough; never rejects. */
  async #read(): Promise<void> {
    try {
      while (!this.#over) {
        const result = await this.#iterator.next()
        if (this.#over) return
        if (result.done === true) {
          this.#over = true
          this.body.finish(null)
          return
        }
        const chunk = bytesOf(result.value)
        // Set before the push: whoever is asked to resume within it starts the next reading.
        if (chunk.length > 0 && !this.body.push(chunk)) {
          this.#reading = false
          return
        }
      }
    } catch (error) {
      this.#over = true
      this.body.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

function bytesOf(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof ArrayBuffer) return Buffer.from(chunk)
  throw new TypeError('a request body must consist of bytes or strings')
}
