/** What the outbound layers know of one request: where it wants to go, where it was sent, and where its answer is written. */
import {
  RESPONSE_FLAGS,
  type Candidate,
  type PreparedRetryPolicy,
  type RoutableRequest,
  type Route,
  type TryOutcome,
} from '@meshmart/mesh-policy'
import { Exchange } from '../exchange.ts'
import type { Answer, Reply } from '../stack.ts'
import type { ActiveContext } from '../telemetry/context.ts'
import type { Attempt, UpstreamResponse } from './attempt.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import type { ReplayableBody } from './replayable-body.ts'
import { fieldValue } from './request-fields.ts'
import type { RoutingTable } from './routing-table.ts'

/** Where a response is written: undici's handler in the embedded placement, node's response at the edge. */
export interface ResponseSink {
  start(response: UpstreamResponse): void
  /** @returns false where the reader is behind: the upstream is paused until `resumeUpstream` */
  data(chunk: Buffer): boolean
  end(response: UpstreamResponse): void
  answer(answer: Answer): void
  fail(error: Error): void
}

export class OutboundExchange extends Exchange implements RoutableRequest {
  /** Flat, names in lower case; without `host`. */
  fields: string[]
  readonly body: ReplayableBody | null
  readonly sink: ResponseSink
  /** The request that this one is made for. */
  readonly context: ActiveContext | null
  /** False for the sidecar's own traffic. */
  readonly traced: boolean

  /** Set beforehand at the edge, by the route layer else. */
  table: RoutingTable | null = null
  route: Route | null = null
  retryPolicy: PreparedRetryPolicy | null = null
  cluster: ClusterRuntime | null = null
  candidate: Candidate | null = null
  /** The try that is under way or was the last. */
  attempt: Attempt | null = null
  /** Of the last try; null where the answer is the mesh's own and no try was made. */
  outcome: TryOutcome | null = null
  tries = 0
  /** Instance that the last try went to. */
  avoid: string | null = null
  responseStarted = false
  status = 0
  discoveryTimer: NodeJS.Timeout | null = null
  deadlineTimer: NodeJS.Timeout | null = null
  retryTimer: NodeJS.Timeout | null = null
  retrying = false

  constructor(options: {
    method: string
    target: string
    authority: string
    fields: string[]
    body: ReplayableBody | null
    sink: ResponseSink
    context: ActiveContext | null
    traced: boolean
  }) {
    super(options.method, options.target, options.authority)
    this.fields = options.fields
    this.body = options.body
    this.sink = options.sink
    this.context = options.context
    this.traced = options.traced
  }

  header(name: string): string | undefined {
    return name === 'host' ? this.authority : fieldValue(this.fields, name)
  }

  deliver(reply: Reply): void {
    if (reply.kind === 'answer') {
      this.status = reply.status
      this.attempt?.abandon(reply.reason)
      if (this.responseStarted) this.sink.fail(new Error(reply.reason))
      else this.sink.answer(reply)
      this.end()
      return
    }
    this.status = reply.status
    this.responseStarted = true
    const response = this.attempt?.response
    if (response !== null && response !== undefined) this.sink.start(response)
  }

  override breakOff(answer: Answer): void {
    if (this.ended) return
    this.status = answer.status
    this.attempt?.abort(answer.reason)
    super.breakOff(answer)
  }

  /** Whoever asked has gone. */
  cancel(reason: string): void {
    if (this.ended) return
    this.flag = RESPONSE_FLAGS.DC
    this.reason = reason
    this.attempt?.abort(reason)
    this.end()
  }

  override end(): void {
    if (this.body !== null) {
      this.bytesSent = this.body.bytes
      this.body.cancel()
    }
    super.end()
  }
}
