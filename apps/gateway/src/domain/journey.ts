/**
 * Turns the spans of a trace into the journey of one order: who called whom, in which order, how deep, and which tries failed. It is pure, so
 * that every odd trace (retries, refused connections, spans that have not arrived) can stand in a test.
 *
 * A call is two spans: the caller's client span and, below it, the answerer's server span. The client span is the hop, because it exists even
 * where nobody answered; the server span fills in the replica and carries what that service called in turn.
 */
import type { Journey, JourneyHop, Trace, TraceSpan } from '@meshmart/contracts'

const PUBLIC_PATH = '/api/v1/orders'
/** The caller of the public request, which is outside the mesh and has no name in it. */
const OUTSIDE = 'browser'

/**
 * @param trace the spans of the trace in which the order was placed
 * @param order its id, and whether the saga has ended; before that more hops are to come
 * @returns hops in order of nesting, siblings by start; null where the trace holds no span of the mesh
 */
export function buildJourney(trace: Trace, order: { id: string; final: boolean }): Journey | null {
  const spans = trace.spans.filter((span) => !isTelemetry(span) && !leavesTheMesh(span))
  const known = new Set(spans.map((span) => span.spanId))
  const children = groupByParent(spans)
  const tops = spans.filter((span) => !known.has(span.parentSpanId))
  const roots = tops.filter((span) => isPublicRequest(span))
  const orphans = tops.filter((span) => !isEdge(span))
  const visited: Visit[] = []
  for (const top of [...roots, ...orphans].sort(byStart))
    visit({ span: top, depth: isPublicRequest(top) ? 0 : 1, isTop: true }, children, visited)
  if (visited.length === 0) return null

  const origin = visited.reduce((least, { span }) => min(least, start(span)), start(visited[0]!.span))
  const end = visited.reduce((most, { span }) => (stop(span) > most ? stop(span) : most), origin)
  const whole = roots.length > 0 && orphans.length === 0 && visited.every((step) => !step.lacksServerSpan)
  return {
    orderId: order.id,
    traceId: trace.traceId,
    durationMs: milliseconds(end - origin),
    complete: order.final && whole,
    hops: visited.map((step) => hop(step, origin)),
  }
}

type Step = { span: TraceSpan; depth: number; isTop: boolean }
type Visit = { span: TraceSpan; server: TraceSpan | undefined; depth: number; lacksServerSpan: boolean }

/** Depth first. A server span below another span is the other side of the same hop, and an internal span is none: both pass their children on. */
function visit({ span, depth, isTop }: Step, children: Map<string, TraceSpan[]>, into: Visit[]): void {
  const below = children.get(span.spanId) ?? []
  const server = span.kind === 'client' ? below.find((child) => child.kind === 'server') : span
  const isHop = span.kind === 'client' || (isTop && span.kind === 'server')
  if (isHop) into.push({ span, server, depth, lacksServerSpan: server === undefined && wasAnswered(span) })
  for (const child of below) visit({ span: child, depth: isHop ? depth + 1 : depth, isTop: false }, children, into)
}

function hop({ span, server, depth }: Visit, origin: bigint): JourneyHop {
  const common = {
    mtls: span.attributes['mesh.mtls'] === true,
    method: text(span, 'http.request.method') ?? '',
    path: text(span, 'url.path') ?? '',
    status: status(span),
    startMs: milliseconds(start(span) - origin),
    durationMs: milliseconds(stop(span) - start(span)),
    depth,
  }
  const peer = text(span, 'mesh.peer.identity')
  const self = span.resource['service.name'] ?? 'unknown'
  const own = server?.resource['service.instance.id'] ?? null
  if (span.kind !== 'client') {
    // A server span knows who called it, and not what it proved to the caller.
    const from = depth === 0 ? OUTSIDE : (peer?.split('/').at(-1) ?? 'unknown')
    return { from, to: self, replica: own, identity: null, attempt: 1, ...common }
  }
  // The caller notes which replica it chose before it knows whether it can be reached; with no answer and no server span, none was.
  const reached = server !== undefined || wasAnswered(span)
  const resend = span.attributes['http.request.resend_count']
  return {
    from: self,
    to: shortHost(span),
    replica: reached ? (own ?? text(span, 'mesh.peer.instance')) : null,
    identity: reached ? peer : null,
    attempt: typeof resend === 'number' ? resend + 1 : 1,
    ...common,
  }
}

/** A refused or broken connection has no status, and then no server span is to be expected. */
const wasAnswered = (span: TraceSpan): boolean => span.kind === 'client' && status(span) !== null

const isEdge = (span: TraceSpan): boolean => span.kind === 'server' && span.resource['service.name'] === 'gateway'

const isPublicRequest = (span: TraceSpan): boolean =>
  isEdge(span) && span.attributes['http.request.method'] === 'POST' && span.attributes['url.path'] === PUBLIC_PATH

/** Sending spans is itself a call; it is not the order's. */
const isTelemetry = (span: TraceSpan): boolean =>
  span.resource['service.name'] === 'control-plane' || shortHost(span) === 'control-plane'

/** A call to another company, such as the acquirer: nobody there has an identity of this mesh or a span to tell. */
const leavesTheMesh = (span: TraceSpan): boolean =>
  span.kind === 'client' && !/\.svc(\.|$)/.test(text(span, 'server.address') ?? '.svc')

const shortHost = (span: TraceSpan): string => (text(span, 'server.address') ?? 'unknown').split('.')[0]!

function groupByParent(spans: TraceSpan[]): Map<string, TraceSpan[]> {
  const groups = new Map<string, TraceSpan[]>()
  for (const span of spans.toSorted(byStart)) {
    const group = groups.get(span.parentSpanId)
    if (group) group.push(span)
    else groups.set(span.parentSpanId, [span])
  }
  return groups
}

function text(span: TraceSpan, attribute: string): string | null {
  const value = span.attributes[attribute]
  return typeof value === 'string' && value !== '' ? value : null
}

function status(span: TraceSpan): number | null {
  const value = span.attributes['http.response.status_code']
  return typeof value === 'number' && value > 0 ? value : null
}

const start = (span: TraceSpan): bigint => BigInt(span.startTimeUnixNano)
const stop = (span: TraceSpan): bigint => BigInt(span.endTimeUnixNano)
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const byStart = (a: TraceSpan, b: TraceSpan): number => Number(start(a) - start(b))
const milliseconds = (nanoseconds: bigint): number => Math.round(Number(nanoseconds) / 1000) / 1000
