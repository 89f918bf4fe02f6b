/**
 * Copies of requests to other clusters, whose answers nobody reads. A copy leaves when the request's body is whole, because a copy that breaks off would tell the
 * mirror something else than the service; one that is longer than what is kept for a second try is not mirrored. Failures are counted and nothing
 * more. What the application in this very process serves has its body read by that, so that there only requests without a body are mirrored.
 */
import { chooseMirrors } from '@meshmart/mesh-policy'
import { FieldLines } from '../http1/fields.ts'
import { GO_ON, Stack, type Layer, type RequestVerdict } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { BalanceLayer } from './balance.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import { ConnectLayer } from './connect.ts'
import { OutboundExchange, type ResponseSink } from './outbound-exchange.ts'
import { wholeBody } from './request-body.ts'
import { TimeoutLayer } from './timeout.ts'

export class MirrorLayer implements Layer<OutboundExchange> {
  readonly name = 'mirror'
  readonly #random: () => number
  readonly #copies: Stack<OutboundExchange>

  constructor(tracer: Tracer, random: () => number) {
    this.#random = random
    this.#copies = new Stack([new TimeoutLayer(0), new BalanceLayer(random), new ConnectLayer(tracer)])
  }

  request(exchange: OutboundExchange): RequestVerdict {
    const mirrors = exchange.prepared?.mirrors ?? null
    if (mirrors === null) return GO_ON
    for (const { cluster } of chooseMirrors(mirrors, this.#random)) {
      const runtime = exchange.table?.clusters.get(cluster)
      if (runtime !== undefined) this.#copy(exchange, runtime)
    }
    return GO_ON
  }

  #copy(exchange: OutboundExchange, cluster: ClusterRuntime): void {
    const { body } = exchange
    // Read now: the original's fields may change after it has gone on.
    const fields = copyOf(exchange.fields)
    if (body === null) this.#send(exchange, cluster, fields, null)
    else
      body.whole((bytes) => {
        if (bytes === null) cluster.mirrorFailures++
        else this.#send(exchange, cluster, fields, bytes)
      })
  }

  #send(original: OutboundExchange, cluster: ClusterRuntime, fields: FieldLines, bytes: Buffer | null): void {
    // A copy has its length even where the original came in chunks, except where those are how its coding is framed.
    const codings = original.body?.codings ?? ''
    if (bytes !== null && codings === '') fields.set('content-length', String(bytes.length))
    const copy = new OutboundExchange(
      original.method,
      original.upstreamTarget,
      shadowOf(original.upstreamAuthority),
      fields,
      bytes === null ? null : wholeBody(bytes, codings),
      new DiscardingSink(cluster),
      original.sourceIp,
    )
    copy.requestId = original.requestId
    copy.trace = original.trace
    copy.traced = original.traced
    copy.deadline = original.deadline
    copy.route = original.route
    copy.cluster = cluster
    this.#copies.start(copy)
  }
}

/** Envoy appends `-shadow` to the name, so that the mirror can tell. */
export function shadowOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']')
    ? `${authority.slice(0, colon)}-shadow${authority.slice(colon)}`
    : `${authority}-shadow`
}

function copyOf(fields: FieldLines): FieldLines {
  const flat: string[] = []
  fields.forEach((name, value) => flat.push(name, value))
  return FieldLines.of(flat)
}

class DiscardingSink implements ResponseSink {
  readonly #cluster: ClusterRuntime

  constructor(cluster: ClusterRuntime) {
    this.#cluster = cluster
  }

  informational(): void {}
  start(): void {}
  data(): boolean {
    return true
  }
  holdsData(): boolean {
    return false
  }
  end(): void {}
  answer(): void {
    this.#cluster.mirrorFailures++
  }
  fail(): void {
    this.#cluster.mirrorFailures++
  }
}
