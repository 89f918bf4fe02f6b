/** What may be asked, and by whom. Access is decided here and not by an AuthorizationPolicy: this process stands below the mesh. */
import type { Proxies, ProxyStatus, Trace } from '@meshmart/contracts'
import { ExportTraceServiceRequest, readSpans } from '../telemetry/otlp.ts'
import type { TraceStore } from '../telemetry/trace-store.ts'
import { readBody } from './body.ts'
import { onlyReaders } from './caller.ts'
import { HttpProblem } from './problem.ts'
import type { Route } from './route.ts'

const MAX_TRACES_BYTES = 4 * 1_048_576

export interface RouteDependencies {
  readonly traces: TraceStore
  /** Of every replica. */
  readonly trace: (traceId: string) => Promise<Trace | undefined>
  readonly proxies: () => ProxyStatus[]
  /** What stands under a key of the bucket `mesh`. */
  readonly snapshot: (key: string) => object | undefined
  /** This replica, and the one that leads. */
  readonly replicas: () => { readonly self: string; readonly leader: string | null }
  /** Null when ready, else the reason why not. */
  readonly notReady: () => string | null
}

export const routes = (parts: RouteDependencies): readonly Route[] => [
  {
    method: 'POST',
    path: /^\/v1\/traces$/,
    handle: async ({ request, peer }) => {
      if (peer === null) throw new HttpProblem('not-allowed', { detail: 'A certificate of this mesh is needed.' })
      const spans = readSpans(await readBody(request, ExportTraceServiceRequest, MAX_TRACES_BYTES))
      const rejectedSpans = parts.traces.add(spans)
      const partialSuccess = { rejectedSpans, errorMessage: 'The trace already holds as many spans as are kept.' }
      return { status: 200, body: rejectedSpans === 0 ? {} : { partialSuccess } }
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/traces\/([^/]+)$/,
    handle: async ({ peer, parameters: [traceId = ''] }) => {
      onlyReaders(peer)
      const trace = await parts.trace(traceId)
      if (trace === undefined) throw new HttpProblem('not-found', { detail: 'No span of this trace is known.' })
      return { status: 200, body: trace }
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/proxies$/,
    handle: ({ peer }) => {
      onlyReaders(peer)
      return { status: 200, body: { ...parts.replicas(), proxies: parts.proxies() } satisfies Proxies }
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/snapshots\/([^/]+)$/,
    handle: ({ peer, parameters: [key = ''] }) => {
      onlyReaders(peer)
      const snapshot = parts.snapshot(key)
      if (snapshot === undefined) throw new HttpProblem('not-found', { detail: `Nothing stands under ${key}.` })
      return { status: 200, body: snapshot }
    },
  },
  {
    method: 'GET',
    path: /^\/healthz\/ready$/,
    handle: () => {
      const reason = parts.notReady()
      return reason === null
        ? { status: 200, body: { status: 'ready', ...parts.replicas() } }
        : { status: 503, body: { status: 'not ready', reason } }
    },
  },
]
