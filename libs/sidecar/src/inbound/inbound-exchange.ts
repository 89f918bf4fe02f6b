/** What the inbound layers know of one request: node's pair, who asks, and what policy said. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthorizationDecision } from '@meshmart/mesh-policy'
import { Exchange } from '../exchange.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { Answer, Reply } from '../stack.ts'
import type { ActiveContext } from '../telemetry/context.ts'
import { formatTraceparent, type TraceContext } from '../telemetry/trace-context.ts'
import type { Span } from '../telemetry/tracer.ts'
import type { InboundPolicy } from './inbound-policy.ts'

export class InboundExchange extends Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** In force when the request came. */
  policy: InboundPolicy | null = null
  peer: PeerIdentity | null = null
  decision: AuthorizationDecision | null = null
  span: Span | null = null

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request.method ?? 'GET', request.url ?? '/', request.headers.host ?? '')
    this.request = request
    this.response = response
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }

  deliver(reply: Reply): void {
    if (reply.kind === 'answer') writeAnswer(this.request, this.response, reply)
  }
}

export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  // Who sends a body to somebody who will not read it gets its connection closed after the answer, not a hanging one.
  const unread = !request.complete
  response.writeHead(answer.status, unread ? { ...answer.headers, connection: 'close' } : answer.headers)
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}

/** What a handler sees. `signal` is made only where somebody asks for it: most handlers do not. */
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
