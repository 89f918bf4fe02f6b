/**
 * What the outbound layers know of one request: where it wants to go, where it was sent, and where its answer is written. The same class in every placement:
 * which connection it came on is known to its sink and its body alone.
 */
import {
  RESPONSE_FLAGS,
  type Candidate,
  type Excluded,
  type FieldTarget,
  type HashableRequest,
  type PreparedDestination,
  type PreparedRetryPolicy,
  type PreparedRoute,
  type RoutableRequest,
  type Route,
  type TryOutcome,
  type ValueSource,
} from '@meshmart/mesh-policy'
import { Exchange } from '../exchange.ts'
import type { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import type { Answer, Reply } from '../stack.ts'
import type { ActiveContext } from '../telemetry/context.ts'
import type { Attempt } from './attempt.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import type { RequestBody } from './request-body.ts'
import type { RoutingTable } from './routing-table.ts'

/** Where a response is written: undici's handler, node's response at the edge, or a connection of the process placement. */
export interface ResponseSink {
  /** 1xx of the upstream, without 100 and 101. */
  informational(head: ResponseHead): void
  start(response: ResponseHead): void
  /** @returns false where the reader is behind: the upstream is paused until `exchange.attempt.resume()` */
  data(chunk: Buffer): boolean
  /** Whether chunks that it was given are still needed in their place. */
  holdsData(): boolean
  end(trailers: FieldLines | null): void
  answer(answer: Answer): void
  /** After `start`, or where the request's own body broke off: the rest will not come. */
  fail(error: Error): void
}

/** Takes over from HTTP once an endpoint is chosen: WebSocket in the process placement. */
export interface OutboundTunnel {
  open(exchange: OutboundExchange, cluster: ClusterRuntime, candidate: Candidate): void
}

export class OutboundExchange extends Exchange implements RoutableRequest, HashableRequest, ValueSource, FieldTarget {
  #fields: FieldLines | (() => FieldLines)
  readonly body: RequestBody | null
  readonly sink: ResponseSink
  /** Address of the caller; empty where it is this process itself. */
  readonly sourceIp: string
  /** Null for all but requests that leave HTTP. */
  tunnel: OutboundTunnel | null
  /** The request that this one is made for. */
  context: ActiveContext | null
  /** False for the sidecar's own traffic. */
  traced: boolean

  /** Set beforehand at the edge, by the route layer else. */
  table: RoutingTable | null
  prepared: PreparedRoute | null
  route: Route | null
  destination: PreparedDestination | null
  retryPolicy: PreparedRetryPolicy | null
  cluster: ClusterRuntime | null
  /** As they leave: rewritten, or as they came. */
  upstreamTarget: string
  upstreamAuthority: string
  /** Of consistent hashing; null where there is none. */
  hash: number | null
  /** `set-cookie` for the caller, so that its next request meets the same endpoint; null where none is made. */
  hashCookie: string | null
  candidate: Candidate | null
  /** The try that is under way or was the last. */
  attempt: Attempt | null
  /** Of the last try; null where the answer is the mesh's own and no try was made. */
  outcome: TryOutcome | null
  tries: number
  /** What earlier tries went to; null at the first try. */
  avoid: Excluded | null
  /** Head of the upstream's answer; layers work on its fields before it is delivered. */
  upstreamResponse: ResponseHead | null
  responseStarted: boolean
  status: number
  discoveryTimer: NodeJS.Timeout | null
  delayTimer: NodeJS.Timeout | null
  deadlineTimer: NodeJS.Timeout | null
  retryTimer: NodeJS.Timeout | null
  retrying: boolean

  /** @param fields where they have to be made first: how, asked once, when somebody looks at them or changes them */
  constructor(
    method: string,
    target: string,
    authority: string,
    fields: FieldLines | (() => FieldLines),
    body: RequestBody | null,
    sink: ResponseSink,
    sourceIp: string,
  ) {
    super(method, target, authority)
    this.#fields = fields
    this.body = body
    this.sink = sink
    this.sourceIp = sourceIp
    this.tunnel = null
    this.context = null
    this.traced = true
    this.table = null
    this.prepared = null
    this.route = null
    this.destination = null
    this.retryPolicy = null
    this.cluster = null
    this.upstreamTarget = this.target
    this.upstreamAuthority = authority
    this.hash = null
    this.hashCookie = null
    this.candidate = null
    this.attempt = null
    this.outcome = null
    this.tries = 0
    this.avoid = null
    this.upstreamResponse = null
    this.responseStarted = false
    this.status = 0
    this.discoveryTimer = null
    this.delayTimer = null
    this.deadlineTimer = null
    this.retryTimer = null
    this.retrying = false
  }

  /** End-to-end lines without those that the mesh writes itself (`request-head.ts`). */
  get fields(): FieldLines {
    if (typeof this.#fields === 'function') this.#fields = this.#fields()
    return this.#fields
  }

  header(name: string): string | undefined {
    return name === 'host' ? this.authority : this.fields.get(name)
  }
  setHeader(name: string, value: string): void {
    this.fields.set(name, value)
  }
  addHeader(name: string, value: string): void {
    this.fields.add(name, value)
  }
  removeHeader(name: string): void {
    this.fields.remove(name)
  }

  get responseFields(): FieldLines | null {
    return this.upstreamResponse?.fields ?? null
  }
  responseHeader(name: string): string | undefined {
    return this.upstreamResponse?.fields.get(name)
  }

  get protocol(): string {
    return 'HTTP/1.1'
  }
  /** Whom the request comes from, as the last hop before us tells it. */
  get remoteIp(): string {
    const forwarded = this.header('x-forwarded-for')
    return forwarded === undefined ? this.sourceIp : forwarded.slice(forwarded.lastIndexOf(',') + 1).trim()
  }

  /** On whatever is on its way back, the peer's answer or the mesh's own. @param name in lower case */
  setResponseField(name: string, value: string): void {
    if (this.reply?.kind === 'answer') this.reply = { ...this.reply, headers: { ...this.reply.headers, [name]: value } }
    else this.upstreamResponse?.fields.set(name, value)
  }
  addResponseField(name: string, value: string): void {
    if (this.reply?.kind !== 'answer') {
      this.upstreamResponse?.fields.add(name, value)
      return
    }
    const before = this.reply.headers[name]
    this.setResponseField(name, before === undefined ? value : `${before}, ${value}`)
  }
  removeResponseField(name: string): void {
    if (this.reply?.kind === 'answer') {
      const headers = Object.fromEntries(Object.entries(this.reply.headers).filter(([known]) => known !== name))
      this.reply = { ...this.reply, headers }
    } else this.upstreamResponse?.fields.remove(name)
  }

  deliver(reply: Reply): void {
    this.status = reply.status
    if (reply.kind === 'answer') {
      this.attempt?.abandon(reply.reason)
      if (this.responseStarted) this.sink.fail(new Error(reply.reason))
      else this.sink.answer(reply)
      this.end()
      return
    }
    this.responseStarted = true
    if (this.upstreamResponse !== null) this.sink.start(this.upstreamResponse)
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

  /** The request's own body broke off: there is nobody to answer who could make it whole. */
  breakOffBody(error: Error): void {
    if (this.ended) return
    this.flag = RESPONSE_FLAGS.DC
    this.reason = `the request body broke off: ${error.message}`
    this.sink.fail(error)
    this.end()
  }

  override end(): void {
    if (this.body !== null && !this.ended) {
      this.bytesSent = this.body.bytes
      this.body.cancel()
    }
    super.end()
  }
}
