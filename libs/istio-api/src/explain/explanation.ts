/** The answer. Its keys are a contract with whoever reads `-o json`: all of them are always there, null where they do not apply. */
import type { FieldOperations, RouteMatch } from '@meshmart/mesh-policy'

/** Why a connection or a request ends without an answer of HTTP, in the words of Istio's own simulation. */
export type ExplainError =
  | 'NoListener'
  | 'NoFilterChain'
  | 'NoVirtualHost'
  | 'NoRoute'
  | 'TlsRequired'
  | 'MtlsRequired'
  | 'TlsError'
  | 'ProtocolError'

export interface Explanation {
  readonly listener: {
    /** Istio's name: `0.0.0.0_9080`, `virtualOutbound`, `virtualInbound`. */
    readonly name: string
    readonly port: number
    readonly protocol: string
  } | null
  /** `namespace/name` */
  readonly gateway: string | null
  /** Istio's name: `reviews.default.svc.cluster.local:9080`, `allow_any`, `block_all`, `inbound|http|80`. */
  readonly virtualHost: string | null
  /** `namespace/name` */
  readonly virtualService: string | null
  readonly route: string | null
  readonly match: {
    /** The alternative that fits; null where the route has none. */
    readonly clause: RouteMatch | null
    readonly earlier: readonly { readonly route: string; readonly reason: string }[]
  } | null
  readonly rewrite: { readonly uri: string | null; readonly authority: string | null } | null
  readonly headers: { readonly request: Operations; readonly response: Operations } | null
  readonly fault: {
    readonly delay: { readonly fixedDelay: string; readonly percentage: number } | null
    readonly abort: {
      readonly httpStatus: number | null
      readonly grpcStatus: number | null
      readonly percentage: number
    } | null
  } | null
  readonly mirror:
    | readonly {
        readonly host: string
        readonly subset: string | null
        readonly port: number
        readonly cluster: string
        readonly percentage: number
      }[]
    | null
  /** `5s`; null where there is none. */
  readonly timeout: string | null
  readonly retries: {
    readonly attempts: number
    readonly perTryTimeout: string | null
    readonly retryOn: string
  } | null
  readonly destinations: readonly ExplainedDestination[]
  readonly upstream: {
    readonly method: string | null
    readonly path: string | null
    readonly authority: string | null
    readonly headers: Readonly<Record<string, string>>
    readonly protocol: string
  } | null
  readonly mtls: {
    readonly mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE'
    /** Resource that says so, `default` where none does. */
    readonly source: string
    readonly passes: boolean
    readonly reason: string
  } | null
  readonly authentication: {
    readonly principal: string | null
    readonly requestPrincipal: string | null
    readonly reason: string
  } | null
  readonly authorization: {
    readonly decision: 'ALLOW' | 'DENY'
    readonly policy: string | null
    readonly rule: number | null
    readonly reason: string
  } | null
  readonly response: ExplainedResponse | null
  readonly error: ExplainError | null
}

export interface Operations {
  readonly set: NonNullable<FieldOperations['set']>
  readonly add: NonNullable<FieldOperations['add']>
  readonly remove: NonNullable<FieldOperations['remove']>
}

export interface ExplainedDestination {
  readonly host: string | null
  readonly subset: string | null
  readonly port: number | null
  readonly cluster: string
  readonly weight: number
  /** `10.1.0.1:9080` */
  readonly endpoints: readonly string[]
  readonly headers: { readonly request: Operations; readonly response: Operations } | null
  /** Mode of TLS towards it. */
  readonly tls: 'ISTIO_MUTUAL' | 'DISABLE' | 'SIMPLE' | 'MUTUAL' | null
}

export interface ExplainedResponse {
  readonly status: number
  readonly reason: string
  readonly location: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export const NOTHING: Explanation = {
  listener: null,
  gateway: null,
  virtualHost: null,
  virtualService: null,
  route: null,
  match: null,
  rewrite: null,
  headers: null,
  fault: null,
  mirror: null,
  timeout: null,
  retries: null,
  destinations: [],
  upstream: null,
  mtls: null,
  authentication: null,
  authorization: null,
  response: null,
  error: null,
}
