/** What a handler sees of the request that it works for. `signal` is made only where somebody asks for it: most handlers do not. */
import type { ServerResponse } from 'node:http'
import type { Exchange } from '../exchange.ts'
import type { ActiveContext } from '../telemetry/context.ts'
import { formatTraceparent, type TraceContext } from '../telemetry/trace-context.ts'

export class ServedRequest implements ActiveContext {
  readonly trace: TraceContext
  readonly requestId: string
  readonly peer: string | null
  readonly deadline: number | null
  readonly #response: ServerResponse
  #controller: AbortController | null = null

  constructor(
    exchange: Pick<Exchange, 'requestId' | 'deadline'>,
    trace: TraceContext,
    peer: string | null,
    response: ServerResponse,
  ) {
    this.trace = trace
    this.requestId = exchange.requestId
    this.peer = peer
    this.deadline = exchange.deadline
    this.#response = response
  }

  get traceId(): string {
    return this.trace.traceId
  }
  get traceparent(): string {
    return formatTraceparent(this.trace)
  }
  get signal(): AbortSignal {
    if (this.#controller === null) {
      const controller = new AbortController()
      this.#controller = controller
      const gone = (): void => {
        if (!this.#response.writableFinished) controller.abort(new Error('the caller went away'))
      }
      if (this.#response.closed) gone()
      else this.#response.once('close', gone)
    }
    return this.#controller.signal
  }
}
