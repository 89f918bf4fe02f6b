/**
 * One line for each request, in the manner of Envoy's: what was asked, what was answered, why, by whom, how long. Never bodies, never header values beyond ids,
 * never queries: a log is read by more people than a request. Lines are joined and written together, since a write per request would cost more than routing it.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface AccessLogEntry {
  readonly direction: 'inbound' | 'outbound' | 'ingress'
  readonly method: string
  readonly path: string
  /** 0 where nothing was answered. */
  readonly status: number
  readonly flag: string
  /** In words; the policy that refused stands here. */
  readonly reason: string
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly milliseconds: number
  readonly tries: number
  readonly peer: string
  readonly upstream: string
  readonly cluster: string
  readonly route: string
  readonly requestId: string
  readonly traceId: string
  readonly authority: string
}

const FLUSH_BYTES = 64 * 1024
const FLUSH_MS = 200

export class AccessLog {
  readonly #descriptor: number | null
  readonly #owned: boolean
  readonly #timer: NodeJS.Timeout | null
  #lines: string[] = []
  #bytes = 0
  #second = 0
  /** Up to the dot of the second that stands above. */
  #secondText = ''

  /** @param target `stdout`, `off` or the name of a file to append to. @throws Error where the file cannot be opened */
  constructor(target: string) {
    this.#owned = target !== 'stdout' && target !== 'off'
    try {
      this.#descriptor = target === 'off' ? null : target === 'stdout' ? 1 : openSync(target, 'a', 0o640)
    } catch (error) {
      throw new Error(`settings: MESH_ACCESS_LOG: ${target} cannot be opened for writing`, { cause: error })
    }
    this.#timer = this.#descriptor === null ? null : setInterval(() => this.flush(), FLUSH_MS)
    this.#timer?.unref()
  }

  write(entry: AccessLogEntry): void {
    if (this.#descriptor === null) return
    const line = formatEntry(entry, this.#timestamp(Date.now()))
    this.#lines.push(line)
    this.#bytes += line.length
    if (this.#bytes >= FLUSH_BYTES) this.flush()
  }

  /** As `toISOString`, which costs more than the rest of the line: most lines share their second with the one before. */
  #timestamp(now: number): string {
    const milliseconds = now % 1000
    if (now - milliseconds !== this.#second) {
      this.#second = now - milliseconds
      this.#secondText = new Date(now).toISOString().slice(0, -4)
    }
    return `${this.#secondText}${String(milliseconds).padStart(3, '0')}Z`
  }

  flush(): void {
    if (this.#descriptor === null || this.#lines.length === 0) return
    let rest = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#bytes = 0
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(this.#descriptor, rest))
      } catch (error) {
        // A full pipe: whoever reads our output is slow. Serving comes before logging.
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return
        throw error
      }
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.flush()
    if (this.#owned && this.#descriptor !== null) closeSync(this.#descriptor)
  }
}

export function formatEntry(entry: AccessLogEntry, time: string): string {
  return `[${time}] ${entry.direction} "${clean(entry.method)} ${clean(entry.path)} HTTP/1.1" ${entry.status} ${entry.flag} "${clean(entry.reason)}" ${entry.bytesReceived} ${entry.bytesSent} ${entry.milliseconds.toFixed(1)}ms tries=${entry.tries} peer="${clean(entry.peer)}" upstream="${clean(entry.upstream)}" cluster="${clean(entry.cluster)}" route="${clean(entry.route)}" request_id="${clean(entry.requestId)}" trace_id=${entry.traceId} authority="${clean(entry.authority)}"\n`
}

/** What a caller wrote must not end its quotes or begin a line of its own. */
function clean(text: string): string {
  return UNSAFE.test(text) ? text.replaceAll(EVERY_UNSAFE, escapeCharacter) : text
}

/** Quotes, backslashes and every control character (Unicode's category Cc). */
const UNSAFE = /["\\\p{Cc}]/u
const EVERY_UNSAFE = new RegExp(UNSAFE.source, 'gu')

function escapeCharacter(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
