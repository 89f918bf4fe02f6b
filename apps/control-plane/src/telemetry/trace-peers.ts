/**
 * Spans of one trace may have gone to either replica, because sidecars balance them like any request. Whoever is asked for a trace asks the other
 * one as well.
 */
import type { Trace, TraceSpan } from '@meshmart/contracts'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { byStart, type TraceStore } from './trace-store.ts'

const SUBJECT = 'mesh.trace'
/** Someone who is just being killed is not waited for longer. */
const PATIENCE_MS = 500

export interface TracePeersParts {
  readonly nc: NatsConnection
  readonly traces: TraceStore
  /** How many replicas hold a lease, with this one. */
  readonly replicas: () => number
  readonly log: Logger
}

/** Answers the other replica; `find` asks it. */
export function shareTraces({
  nc,
  traces,
  replicas,
  log,
}: TracePeersParts): (traceId: string) => Promise<Trace | undefined> {
  nc.subscribe(SUBJECT, {
    callback: (error, message) => {
      if (error) log.warn({ err: error }, 'traces cannot be shared')
      else message.respond(JSON.stringify(traces.get(message.string())?.spans ?? []))
    },
  })
  return async (traceId) => {
    const own = traces.get(traceId)
    if (replicas() < 2 || nc.isClosed()) return own
    const spans = new Map((own?.spans ?? []).map((span) => [span.spanId, span]))
    try {
      const answers = await nc.requestMany(SUBJECT, traceId, { maxMessages: replicas(), maxWait: PATIENCE_MS })
      for await (const answer of answers) for (const span of answer.json<TraceSpan[]>()) spans.set(span.spanId, span)
    } catch (error) {
      log.warn({ err: error }, 'the other replica was not asked for its part of a trace')
    }
    return spans.size === 0 ? undefined : { traceId, spans: [...spans.values()].toSorted(byStart) }
  }
}
