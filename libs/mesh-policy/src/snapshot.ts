/**
 * What the control plane compiles and every sidecar reads: one JSON value per key of the NATS KV bucket `mesh`, keyed by what it describes
 * and not by who reads it (docs/architecture.md, "Distribution"). Durations are milliseconds, hosts are fully qualified, clusters have
 * Istio's names (`outbound|80|v1|orders.meshmart.svc.cluster.local`).
 */

/** Key `endpoints.<host>`: who answers for a host right now. */
export interface EndpointsSnapshot {
  readonly host: string
  readonly endpoints: readonly Endpoint[]
}
export interface Endpoint {
  /** Replica name, such as `orders-2`; unique within its host. */
  readonly instance: string
  readonly address: string
  /** Service port → port on `address`. */
  readonly ports: Readonly<Record<string, number>>
  /** SPIFFE id that the endpoint must prove, `spiffe://cluster.local/ns/meshmart/sa/orders`. */
  readonly identity: string
  /** `mtls` where a sidecar or embedded sidecar answers, `plaintext` outside the mesh. */
  readonly transport: 'mtls' | 'plaintext'
  readonly labels: Readonly<Record<string, string>>
  /** `region/zone/subzone`, may be empty. */
  readonly locality: string
  readonly weight: number
}

/** Key `outbound.<namespace>.<host>`: what a caller in that namespace does with a request for that host. */
export interface OutboundSnapshot {
  readonly host: string
  readonly namespace: string
  /** In order; the first whose match fits decides. The last one matches everything, unless a VirtualService left no default. */
  readonly routes: readonly Route[]
  /** By cluster name. */
  readonly clusters: Readonly<Record<string, Cluster>>
}

/** Key `gateway.<selector>`, `gateway.istio-ingressgateway` for `istio: ingressgateway`: what the edge listens to and whither it routes. */
export interface GatewaySnapshot {
  readonly selector: Readonly<Record<string, string>>
  readonly servers: readonly GatewayServer[]
  /** Most specific host first. */
  readonly virtualHosts: readonly VirtualHost[]
  readonly clusters: Readonly<Record<string, Cluster>>
}
export interface GatewayServer {
  /** Resource, such as `Gateway default/my-gateway`. */
  readonly source: string
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string }
  readonly hosts: readonly string[]
}
export interface VirtualHost {
  readonly hosts: readonly string[]
  /** Gateway port that it is bound to. */
  readonly port: number
  readonly routes: readonly Route[]
}

export interface Route {
  /** `http[].name`, else its index. */
  readonly name: string
  /** Resource that it comes from, such as `VirtualService default/my-virtual-service`; `default` where none speaks. */
  readonly source: string
  /** Alternatives; empty matches everything. */
  readonly match: readonly RouteMatch[]
  readonly destinations: readonly WeightedDestination[]
  /** 0 is no timeout, as in Istio. */
  readonly timeoutMs: number
  readonly retries: RetryPolicy
}
export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }
export interface RouteMatch {
  readonly uri?: StringMatch
  readonly ignoreUriCase?: boolean
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly headers?: Readonly<Record<string, StringMatch>>
  readonly queryParams?: Readonly<Record<string, StringMatch>>
}
export interface WeightedDestination {
  readonly cluster: string
  readonly weight: number
}
export interface RetryPolicy {
  /** Further tries after the first. */
  readonly attempts: number
  /** 0 is none. */
  readonly perTryTimeoutMs: number
  /** Envoy's words, such as `connect-failure`, `refused-stream`, `unavailable`, `5xx`, `gateway-error`, `reset`, `503`. */
  readonly retryOn: readonly string[]
}

export interface Cluster {
  /** `outbound|80||inventory.meshmart.svc.cluster.local` */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly subset: string | null
  /** Endpoints must carry all of them. */
  readonly subsetLabels: Readonly<Record<string, string>>
  readonly loadBalancer: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM' | 'PASSTHROUGH'
  readonly tls: 'ISTIO_MUTUAL' | 'DISABLE'
  readonly connectTimeoutMs: number
  readonly outlierDetection: OutlierDetection | null
}
export interface OutlierDetection {
  readonly consecutive5xxErrors: number
  readonly intervalMs: number
  readonly baseEjectionTimeMs: number
  readonly maxEjectionPercent: number
}

/** Key `inbound.<namespace>.<workload>`: what a workload lets in. */
export interface InboundSnapshot {
  readonly namespace: string
  readonly workload: string
  readonly peerAuthentication: { readonly mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE'; readonly source: string }
  readonly authorizationPolicies: readonly CompiledAuthorizationPolicy[]
}
export interface CompiledAuthorizationPolicy {
  /** Resource, such as `AuthorizationPolicy meshmart/orders`. */
  readonly source: string
  readonly action: 'ALLOW' | 'DENY'
  /** One that fits is enough; none at all never fits. */
  readonly rules: readonly AuthorizationRule[]
}
/** Each part that is there must fit; within a part one entry is enough. */
export interface AuthorizationRule {
  readonly from: readonly AuthorizationSource[]
  readonly to: readonly AuthorizationOperation[]
}
/** Istio's string forms: exact, `prefix*`, `*suffix`, `*` (present). Principals have no `spiffe://`. */
export interface AuthorizationSource {
  readonly principals?: readonly string[]
  readonly notPrincipals?: readonly string[]
  readonly namespaces?: readonly string[]
  readonly notNamespaces?: readonly string[]
}
export interface AuthorizationOperation {
  readonly methods?: readonly string[]
  readonly notMethods?: readonly string[]
  readonly paths?: readonly string[]
  readonly notPaths?: readonly string[]
  readonly hosts?: readonly string[]
  readonly notHosts?: readonly string[]
  readonly ports?: readonly string[]
  readonly notPorts?: readonly string[]
}
