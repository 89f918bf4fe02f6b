/**
 * A socket without a kernel, for the tests that need a hundred thousand connections a minute: what is fed comes as data at once, what is written is kept.
 * What depends on a real socket is tested on one (`*.int.spec.ts`).
 */
import net from 'node:net'

export class MemorySocket extends net.Socket {
  written = ''
  /** Calls of write, each of which would be a system call. */
  writes = 0
  closed_ = false
  readonly #waiting: Buffer[] = []
  #stopped = false

  feed(chunk: Buffer): void {
    if (this.#stopped) this.#waiting.push(chunk)
    else if (!this.closed_) this.emit('data', chunk)
  }

  /** The peer closes its side. */
  feedEnd(): void {
    if (!this.closed_) this.emit('end')
  }

  override write(chunk: string | Uint8Array, ...more: unknown[]): boolean {
    this.writes++
    this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
    return more.length >= 0
  }

  override end(): this {
    this.closed_ = true
    return this
  }

  override destroy(): this {
    if (this.closed_) return this
    this.closed_ = true
    this.emit('close')
    return this
  }

  override pause(): this {
    this.#stopped = true
    return this
  }

  override resume(): this {
    this.#stopped = false
    for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
      this.emit('data', chunk)
      if (this.#isStopped()) break
    }
    return this
  }

  #isStopped(): boolean {
    return this.#stopped
  }
}
