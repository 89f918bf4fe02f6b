/** The outbound end of a tunnel: an endpoint has been chosen, and the connection that the request came on goes on to it. */
import type { Candidate } from '@meshmart/mesh-policy'
import type { ClusterRuntime } from '../outbound/cluster-runtime.ts'
import { clientTrace } from '../outbound/client-span.ts'
import type { OutboundExchange, OutboundTunnel } from '../outbound/outbound-exchange.ts'
import { formatTraceparent } from '../telemetry/trace-context.ts'
import type { Tunnel } from './tunnel.ts'

export class WireTunnel implements OutboundTunnel {
  readonly #tunnel: Tunnel

  constructor(tunnel: Tunnel) {
    this.#tunnel = tunnel
  }

  open(exchange: OutboundExchange, cluster: ClusterRuntime, candidate: Candidate): void {
    const { fields } = exchange
    const trace = clientTrace(exchange)
    fields.set('host', exchange.upstreamAuthority)
    fields.set('x-request-id', exchange.requestId)
    if (trace !== null) fields.set('traceparent', formatTraceparent(trace))
    exchange.tries++
    this.#tunnel.open(exchange.upstreamTarget, fields, cluster.connectorTo(candidate, 'tunnel'), (outcome) => {
      exchange.status = outcome.status
      exchange.reason = outcome.failure
      exchange.bytesSent = outcome.bytesReceived
      exchange.bytesReceived = outcome.bytesSent
      cluster.record(candidate, outcome.status)
      exchange.end()
    })
  }
}
