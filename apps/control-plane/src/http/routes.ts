/** What may be asked, and by whom. Access is decided here and not by an AuthorizationPolicy: this process stands below the mesh. */
import type { IncomingMessage } from 'node:http'
import type { SpiffeId } from '@meshmart/mesh-policy'
import { z } from 'zod'
import { CsrRefused } from '../identity/authority.ts'
import { NotIdentified, type Issuance } from '../identity/issuance.ts'
import type { ProxyStatus } from '../distribution/acknowledgements.ts'
import { ExportTraceServiceRequest, readSpans } from '../telemetry/otlp.ts'
import type { TraceStore } from '../telemetry/trace-store.ts'
import { readBody } from './body.ts'
import { HttpProblem } from './problem.ts'

const MAX_CERTIFICATE_REQUEST_BYTES = 16_384
const MAX_TRACES_BYTES = 4 * 1_048_576

const CertificateRequest = z.strictObject({ csr: z.string().min(1), token: z.string().min(1).max(512).optional() })

export interface Answer {
  readonly status: number
  readonly body: object
}
export interface Call {
  readonly request: IncomingMessage
  readonly peer: SpiffeId | null
  /** The last segment of the path, where the route has one. */
  readonly parameter: string
}
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly handle: (call: Call) => Promise<Answer> | Answer
}
export interface RouteDependencies {
  readonly issuance: Issuance
  readonly traces: TraceStore
  readonly proxies: () => ProxyStatus[]
  /** Null when ready, else the reason why not. */
  readonly notReady: () => string | null
}

export const routes = ({ issuance, traces, proxies, notReady }: RouteDependencies): readonly Route[] => [
  {
    method: 'POST',
    path: /^\/v1\/certificates$/,
    handle: async ({ request, peer }) => {
      const body = await readBody(request, CertificateRequest, MAX_CERTIFICATE_REQUEST_BYTES)
      const { certificateChain, trustBundle, notAfter } = await issuance.issue(body, peer, Date.now()).catch(refusal)
      return { status: 200, body: { certificateChain, trustBundle, notAfter } }
    },
  },
  {
    method: 'POST',
    path: /^\/v1\/traces$/,
    handle: async ({ request, peer }) => {
      if (peer === null) throw new HttpProblem('not-allowed', { detail: 'A certificate of this mesh is needed.' })
      const spans = readSpans(await readBody(request, ExportTraceServiceRequest, MAX_TRACES_BYTES))
      const rejectedSpans = traces.add(spans)
      const partialSuccess = { rejectedSpans, errorMessage: 'The trace already holds as many spans as are kept.' }
      return { status: 200, body: rejectedSpans === 0 ? {} : { partialSuccess } }
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/traces\/([^/]+)$/,
    handle: ({ peer, parameter }) => {
      onlyForReaders(peer)
      const trace = traces.get(parameter)
      if (trace === undefined) throw new HttpProblem('not-found', { detail: 'No span of this trace is known.' })
      return { status: 200, body: trace }
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/proxies$/,
    handle: ({ peer }) => {
      onlyForReaders(peer)
      return { status: 200, body: { proxies: proxies() } }
    },
  },
  {
    method: 'GET',
    path: /^\/healthz\/ready$/,
    handle: () => {
      const reason = notReady()
      return reason === null
        ? { status: 200, body: { status: 'ready' } }
        : { status: 503, body: { status: 'not ready', reason } }
    },
  },
]

/** Traces tell who bought what: they are shown by the gateway, and nobody else reads them. */
const readers = ['meshmart/gateway', 'meshmart-system/control-plane']
function onlyForReaders(peer: SpiffeId | null): void {
  if (peer === null || !readers.includes(`${peer.namespace}/${peer.account}`)) throw new HttpProblem('not-allowed')
}

function refusal(error: unknown): never {
  if (error instanceof CsrRefused) {
    throw new HttpProblem('invalid-request', { errors: [{ field: 'csr', code: 'invalid', message: error.message }] })
  }
  if (error instanceof NotIdentified) throw new HttpProblem('not-allowed', { detail: error.message })
  throw error
}
