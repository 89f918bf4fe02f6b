/**
 * Where the lines go. They are joined and written together, every 64 KiB or 200 ms: a write per request would cost more than routing it. The write waits: 64 KiB
 * into the page cache take some 50 µs once in 180 requests, and handing them to another thread costs as much processor time (testing/cost.ts). A reader that is behind, or a
 * disk that is full, costs lines and never requests; what was lost is counted.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { formatEntry, type AccessLogEntry } from './access-line.ts'
import type { LogRule } from './control.ts'
import { LogTime } from './log-time.ts'

export { formatEntry, type AccessLogEntry } from './access-line.ts'

const FLUSH_BYTES = 64 * 1024
const FLUSH_MS = 200
/** What waits at most for a reader that is behind. */
const MAX_WAITING_BYTES = 1024 * 1024
/** UTF-8 for one unit of a string, at most. */
const BYTES_PER_UNIT = 3
const NEWLINE = 0x0a
const EVERYTHING = { inbound: 'all', outbound: 'all', ingress: 'all' } as const

export class AccessLog {
  readonly #descriptor: number | null
  readonly #owned: boolean
  readonly #timer: NodeJS.Timeout | null
  readonly #time = new LogTime()
  /** Lines are encoded as they come: a text that grows to 64 KiB would be copied twice more. */
  readonly #block: Buffer
  #used = 0
  /** What a full pipe did not take: it goes first, so that no line is torn. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #complained = false
  #rules: Readonly<Record<AccessLogEntry['direction'], LogRule>> = EVERYTHING

  /** @param target `stdout`, `off` or the name of a file to append to. @throws Error where the file cannot be opened */
  constructor(target: string) {
    this.#owned = target !== 'stdout' && target !== 'off'
    try {
      this.#descriptor = target === 'off' ? null : target === 'stdout' ? 1 : openSync(target, 'a', 0o640)
    } catch (error) {
      throw new Error(`settings: MESH_ACCESS_LOG: ${target} cannot be opened for writing`, { cause: error })
    }
    this.#block = Buffer.allocUnsafeSlow(this.#descriptor === null ? 0 : 2 * FLUSH_BYTES)
    this.#timer = this.#descriptor === null ? null : setInterval(() => this.flush(), FLUSH_MS)
    this.#timer?.unref()
  }

  /** False where nobody wants lines: then none need be put together. */
  get enabled(): boolean {
    return this.#descriptor !== null
  }

  /** Lines that could not be written, since start. */
  get dropped(): number {
    return this.#dropped
  }

  /** Which lines are written, as Telemetry resources say. */
  use(rules: Readonly<Record<AccessLogEntry['direction'], LogRule>>): void {
    this.#rules = rules
  }

  /** @param entry read at once and not kept: the caller may use it again */
  write(entry: AccessLogEntry): void {
    if (this.#descriptor === null) return
    const rule = this.#rules[entry.direction]
    if (rule !== 'all' && (rule === 'none' || !rule(entry))) return
    this.#append(formatEntry(entry, this.#time.text(entry.startedAt)))
  }

  /** Of what is no request. @param startedAt milliseconds since 1970 @param words behind the time; whoever makes them sees to it that they stay on one line */
  append(startedAt: number, words: string): void {
    if (this.#descriptor !== null) this.#append(`[${this.#time.text(startedAt)}] ${words}\n`)
  }

  #append(line: string): void {
    const room = line.length * BYTES_PER_UNIT
    if (this.#used + room > this.#block.length) this.flush()
    if (room > this.#block.length) this.#put(Buffer.from(line))
    else this.#used += this.#block.write(line, this.#used)
    if (this.#used >= FLUSH_BYTES) this.flush()
  }

  flush(): void {
    if (this.#descriptor === null) return
    this.#retry()
    if (this.#used === 0) return
    const lines = this.#block.subarray(0, this.#used)
    this.#used = 0
    this.#put(lines)
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.flush()
    for (const bytes of this.#waiting.splice(0)) this.#lose(bytes)
    if (this.#owned && this.#descriptor !== null) closeSync(this.#descriptor)
  }

  /** Written, or kept for a reader that is behind, or lost where it is too far behind. */
  #put(bytes: Buffer): void {
    const left = this.#waiting.length === 0 ? this.#send(bytes) : bytes
    if (left.length === 0) return
    if (this.#waitingBytes + left.length > MAX_WAITING_BYTES) {
      this.#lose(left)
      return
    }
    this.#waiting.push(Buffer.from(left))
    this.#waitingBytes += left.length
  }

  #retry(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const left = this.#send(first)
      this.#waitingBytes -= first.length - left.length
      if (left.length > 0) {
        this.#waiting[0] = left
        return
      }
      this.#waiting.shift()
    }
  }

  /** @returns what the reader did not take */
  #send(bytes: Buffer): Buffer {
    let left = bytes
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(this.#descriptor ?? 1, left))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return left
        this.#complain(String(error))
        this.#lose(left)
        return NOTHING
      }
    }
    return NOTHING
  }

  #lose(bytes: Buffer): void {
    for (const byte of bytes) if (byte === NEWLINE) this.#dropped++
  }

  #complain(reason: string): void {
    if (!this.#complained) process.emitWarning(`access log: lines are lost: ${reason}`)
    this.#complained = true
  }
}

const NOTHING = Buffer.alloc(0)
