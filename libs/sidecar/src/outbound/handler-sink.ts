/** Writes a response into undici's handler, and is the controller that the handler holds. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import type { Answer } from '../stack.ts'
import type { OutboundExchange, ResponseSink } from './outbound-exchange.ts'

export class HandlerSink implements ResponseSink, Dispatcher.DispatchController {
  exchange: OutboundExchange | null = null
  aborted = false
  paused = false
  reason: Error | null = null
  rawHeaders: string[] | null = null
  rawTrailers: string[] | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #method: string
  readonly #over: (exchange: OutboundExchange) => void

  constructor(handler: Dispatcher.DispatchHandler, method: string, over: (exchange: OutboundExchange) => void) {
    this.#handler = handler
    this.#method = method
    this.#over = over
  }

  abort(reason: Error): void {
    if (this.aborted || this.exchange === null || this.exchange.ended) return
    this.aborted = true
    this.reason = reason
    this.exchange.cancel('the caller gave up')
    this.#done()
    this.#handler.onResponseError?.(this, reason)
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.exchange?.attempt?.resume()
  }

  /** `fetch` has nobody to tell. */
  informational(): void {}
  start(response: ResponseHead): void {
    this.rawHeaders = flatOf(response.fields)
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(this, response.status, recordOf(this.rawHeaders), response.reason)
  }
  data(chunk: Buffer): boolean {
    this.#handler.onResponseData?.(this, chunk)
    return !this.paused
  }
  /** Whoever reads it keeps it as long as it likes. */
  holdsData(): boolean {
    return true
  }
  end(trailers: FieldLines | null): void {
    this.rawTrailers = trailers === null ? null : flatOf(trailers)
    this.#done()
    this.#handler.onResponseEnd?.(this, recordOf(this.rawTrailers ?? []))
  }
  answer(answer: Answer): void {
    const headers: IncomingHttpHeaders = { ...answer.headers }
    this.rawHeaders = Object.entries(answer.headers).flat()
    this.#done()
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(this, answer.status, headers, '')
    if (this.#method !== 'HEAD' && answer.body !== '') this.#handler.onResponseData?.(this, Buffer.from(answer.body))
    this.#handler.onResponseEnd?.(this, {})
  }
  fail(error: Error): void {
    this.#done()
    this.#handler.onResponseError?.(this, error)
  }

  #done(): void {
    if (this.exchange !== null) this.#over(this.exchange)
  }
}

function flatOf(fields: FieldLines): string[] {
  const flat: string[] = []
  fields.forEach((name, value) => flat.push(name.toLowerCase(), value))
  return flat
}

/** As undici gives them: a name that comes more than once has a list. */
function recordOf(flat: readonly string[]): IncomingHttpHeaders {
  const record: Record<string, string | string[]> = {}
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? ''
    const value = flat[index + 1] ?? ''
    const before = record[name]
    if (before === undefined) record[name] = value
    else if (typeof before === 'string') record[name] = [before, value]
    else before.push(value)
  }
  return record
}
