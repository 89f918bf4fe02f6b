/**
 * One object per request in flight. It carries what came, what was decided, and where in its stack it stands, so that a layer needs no closure and no promise:
 * it answers at once, and whoever answered WAIT calls `resume`, `reply` or `again` later. The fields that all stacks share stand here; the rest in
 * outbound/outbound-exchange.ts and inbound/inbound-exchange.ts.
 */
import { normalisePath, type PathNormalization, type ResponseFlag } from '@meshmart/mesh-policy'
import type { Answer, Driver, Reply } from './stack.ts'
import { withoutCardNumbers } from './telemetry/card-numbers.ts'
import { newTraceId, type TraceContext } from './telemetry/trace-context.ts'

export abstract class Exchange {
  readonly method: string
  /** Normalised, without the query: what routing and authorisation see. As it came where it cannot be normalised; then the request is refused. */
  path: string
  malformed: boolean
  /** Without the question mark; empty where there is none. */
  query: string
  /** Host and port as the caller wrote them. */
  readonly authority: string
  /** As `performance.now()` tells it: one clock for each request, `startedAt` is derived. */
  readonly startedAtMonotonic: number

  requestId: string
  trace: TraceContext | null
  /** Milliseconds since 1970 when the caller stops waiting; null where it waits for ever. */
  deadline: number | null
  reply: Reply | null
  flag: ResponseFlag | null
  /** Why, in words: for the log, and for whoever reads it at night. */
  reason: string | null
  bytesReceived: number
  bytesSent: number

  /** Where it stands: kept by the driver alone. */
  driver: Driver | null
  position: number
  direction: 'request' | 'response'
  ended: boolean

  /** The path as it came. */
  readonly #rawPath: string
  #recordedPath: string | null

  /** @param target in origin form */
  constructor(method: string, target: string, authority: string) {
    const question = target.indexOf('?')
    this.method = method
    const path = question === -1 ? target : target.slice(0, question)
    const normalised = normalisePath(path)
    this.path = normalised ?? path
    this.malformed = normalised === null
    this.query = question === -1 ? '' : target.slice(question + 1)
    this.authority = authority
    this.startedAtMonotonic = performance.now()
    this.requestId = ''
    this.trace = null
    this.deadline = null
    this.reply = null
    this.flag = null
    this.reason = null
    this.bytesReceived = 0
    this.bytesSent = 0
    this.driver = null
    this.position = 0
    this.direction = 'request'
    this.ended = false
    this.#rawPath = path
    this.#recordedPath = null
  }

  /** Path and query, as they go on. */
  get target(): string {
    return this.query === '' ? this.path : `${this.path}?${this.query}`
  }

  /** Another normalisation than BASE: before anything has looked at the path. */
  normalise(mode: PathNormalization): void {
    const normalised = normalisePath(this.#rawPath, mode)
    this.path = normalised ?? this.#rawPath
    this.malformed = normalised === null
    this.#recordedPath = null
  }

  /** Milliseconds since 1970. */
  get startedAt(): number {
    return performance.timeOrigin + this.startedAtMonotonic
  }

  /** Milliseconds since it began. */
  get elapsed(): number {
    return performance.now() - this.startedAtMonotonic
  }

  /** The path as logs and spans may have it: without card numbers. */
  get recordedPath(): string {
    this.#recordedPath ??= withoutCardNumbers(this.path)
    return this.#recordedPath
  }

  /** First value of a request field. @param name in lower case */
  abstract header(name: string): string | undefined
  /** Replaces every line of that name. @param name in lower case */
  abstract setHeader(name: string, value: string): void
  /** One more line. @param name in lower case */
  abstract addHeader(name: string, value: string): void
  /** @param name in lower case */
  abstract removeHeader(name: string): void

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
