/** An exchange as the outbound stack leaves it, without the stack: what a recorder reads, and nothing that would cost more than the recorder itself. */
import { ClusterState, type Candidate, type Cluster, type ResponseFlag, type Route } from '@meshmart/mesh-policy'
import type { RecordedOutbound } from '../outbound-recorder.ts'
import type { TraceContext } from '../trace-context.ts'

export interface Destination {
  readonly cluster: { readonly cluster: Cluster }
  readonly candidates: readonly Candidate[]
  readonly route: Route
}

const TRACE: TraceContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  sampled: false,
  tracestate: null,
  baggage: null,
}
const IDENTIFIERS = Array.from(
  { length: 64 },
  (_, index) => `6f1de8a5-1c2b-4a3d-a9c0-${String(index).padStart(12, '0')}`,
)
const PATHS = Array.from({ length: 64 }, (_, index) => `/v1/products/${index}/reservations`)

class Over implements RecordedOutbound {
  readonly method = 'GET'
  readonly recordedPath: string
  readonly status = 200
  readonly flag: ResponseFlag | null = null
  readonly reason: string | null = null
  readonly tries = 1
  readonly bytesSent = 0
  readonly bytesReceived = 200
  readonly authority = 'inventory'
  readonly requestId: string
  readonly trace: TraceContext | null = TRACE
  readonly route: Route | null
  readonly cluster: Destination['cluster'] | null
  readonly candidate: Candidate | null
  readonly #began = performance.now()

  constructor(to: Destination, index: number) {
    this.recordedPath = PATHS[index & 63] ?? '/'
    this.requestId = IDENTIFIERS[index & 63] ?? ''
    this.route = to.route
    this.cluster = to.cluster
    this.candidate = to.candidates[index % to.candidates.length] ?? null
  }

  get startedAt(): number {
    return performance.timeOrigin + this.#began
  }
  get elapsed(): number {
    return performance.now() - this.#began
  }
}

export function requestTo(to: Destination, index: number): RecordedOutbound {
  return new Over(to, index)
}

/** A service of two replicas in the mesh. */
export function destinationOf(cluster: Cluster, route: Route): Destination {
  const candidates = [1, 2].map((replica): Candidate => ({
    endpoint: {
      instance: `inventory-${replica}`,
      address: '127.0.0.1',
      ports: { '80': 9000 + replica },
      identity: 'spiffe://cluster.local/ns/meshmart/sa/inventory',
      transport: 'mtls',
      labels: {},
      locality: '',
      weight: 1,
    },
    port: 9000 + replica,
    state: new ClusterState().of(`inventory-${replica}`),
    weight: 1,
  }))
  return { cluster: { cluster }, candidates, route }
}
