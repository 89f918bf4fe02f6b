/**
 * One object per request in flight. It carries what came, what was decided, and where in its stack it stands, so that a layer needs no closure and no promise:
 * it answers at once, and whoever answered WAIT calls `resume`, `reply` or `again` later. The fields that all stacks share stand here; the rest in
 * outbound/outbound-exchange.ts and inbound/inbound-exchange.ts.
 */
import { normalisePath, type ResponseFlag } from '@meshmart/mesh-policy'
import type { Answer, Driver, Reply } from './stack.ts'
import { withoutCardNumbers } from './telemetry/card-numbers.ts'
import { newTraceId, type TraceContext } from './telemetry/trace-context.ts'

export abstract class Exchange {
  readonly method: string
  /** Normalised, without the query: what routing and authorisation see. As it came where it cannot be normalised; then the request is refused. */
  readonly path: string
  readonly malformed: boolean
  /** The path as logs and spans may have it: without card numbers. */
  readonly recordedPath: string
  /** Without the question mark; empty where there is none. */
  readonly query: string
  /** Host and port as the caller wrote them. */
  readonly authority: string
  /** Milliseconds since 1970. */
  readonly startedAt = Date.now()
  readonly #startedAtMonotonic = performance.now()

  requestId = ''
  trace: TraceContext | null = null
  /** Milliseconds since 1970 when the caller stops waiting; null where it waits for ever. */
  deadline: number | null = null
  reply: Reply | null = null
  flag: ResponseFlag | null = null
  /** Why, in words: for the log, and for whoever reads it at night. */
  reason: string | null = null
  bytesReceived = 0
  bytesSent = 0

  /** Where it stands: kept by the driver alone. */
  driver: Driver | null = null
  position = 0
  direction: 'request' | 'response' = 'request'
  ended = false

  constructor(method: string, target: string, authority: string) {
    const question = target.indexOf('?')
    this.method = method
    const path = question === -1 ? target : target.slice(0, question)
    const normalised = normalisePath(path)
    this.path = normalised ?? path
    this.malformed = normalised === null
    this.recordedPath = withoutCardNumbers(this.path)
    this.query = question === -1 ? '' : target.slice(question + 1)
    this.authority = authority
  }

  get target(): string {
    return this.query === '' ? this.path : `${this.path}?${this.query}`
  }

  /** Milliseconds since it began. */
  get elapsed(): number {
    return performance.now() - this.#startedAtMonotonic
  }

  /** First value of a request field. @param name in lower case */
  abstract header(name: string): string | undefined

  /** The end of the stack: the reply goes to whoever asked. */
  abstract deliver(reply: Reply): void

  /** Goes on after WAIT, in the direction in which it stopped. */
  resume(): void {
    this.driver?.resume(this)
  }

  /** What came of it after its head is no HTTP: it ends here, and `answer` is written past it. */
  breakOff(answer: Answer): void {
    if (this.ended) return
    this.reply = answer
    this.flag = answer.flag
    this.reason = answer.reason
    this.end()
  }

  /** Ends it once: every layer's `finish` runs, whatever the outcome. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.driver?.finish(this)
  }
}

export function newRequestId(): string {
  const hex = newTraceId()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
