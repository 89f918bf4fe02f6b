/** What is written down when a request to a peer is over: its series of metrics and its line of the access log. Its spans are made by each try. */
import type { Candidate, Cluster, ResponseFlag, Route } from '@meshmart/mesh-policy'
import type { Recorder } from '../stack.ts'
import { VIA_UPSTREAM, type AccessLogEntry } from './access-line.ts'
import { Destinations } from './destinations.ts'
import { blankEntry } from './entry.ts'
import type { Telemetry } from './telemetry.ts'
import type { TraceContext } from './trace-context.ts'

/** What is read of an exchange that is over. */
export interface RecordedOutbound {
  readonly method: string
  readonly recordedPath: string
  readonly authority: string
  readonly requestId: string
  readonly trace: TraceContext | null
  readonly route: Route | null
  readonly cluster: { readonly cluster: Cluster } | null
  readonly candidate: Candidate | null
  readonly status: number
  readonly flag: ResponseFlag | null
  readonly reason: string | null
  readonly tries: number
  /** Of the request's body, to the peer. */
  readonly bytesSent: number
  /** Of the response's body, from the peer. */
  readonly bytesReceived: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Milliseconds since then. */
  readonly elapsed: number
}

export class OutboundRecorder implements Recorder<RecordedOutbound> {
  readonly #telemetry: Telemetry
  readonly #destinations: Destinations
  readonly #entry: AccessLogEntry

  constructor(telemetry: Telemetry, direction: 'outbound' | 'ingress' = 'outbound') {
    this.#telemetry = telemetry
    this.#destinations = new Destinations(telemetry)
    this.#entry = blankEntry(direction)
  }

  ended(exchange: RecordedOutbound): void {
    const { accessLog } = this.#telemetry
    const milliseconds = exchange.elapsed
    const flag = exchange.flag === null ? '-' : exchange.flag.code
    const cluster = exchange.cluster === null ? null : exchange.cluster.cluster
    const destination = this.#destinations.of(cluster, exchange.candidate)
    // An exchange sends the request's body and receives the response's; a log says it from the caller's side.
    destination.family.of(exchange.status, flag).observe(milliseconds, exchange.bytesSent, exchange.bytesReceived)
    if (!accessLog.enabled) return
    const entry = this.#entry
    entry.startedAt = exchange.startedAt
    entry.method = exchange.method
    entry.path = exchange.recordedPath
    entry.status = exchange.status
    entry.flag = flag
    entry.reason = exchange.reason ?? VIA_UPSTREAM
    entry.bytesReceived = exchange.bytesSent
    entry.bytesSent = exchange.bytesReceived
    entry.milliseconds = milliseconds
    entry.tries = exchange.tries
    entry.place = destination.place(exchange.route)
    entry.requestId = exchange.requestId
    entry.traceId = exchange.trace === null ? '-' : exchange.trace.traceId
    entry.authority = exchange.authority
    accessLog.write(entry)
  }
}
