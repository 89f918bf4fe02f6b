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
  /** Service port → Istio's port name, `tcp-redis`: its first word is the protocol; HTTP where it is not given. */
  readonly portNames?: Readonly<Record<string, string>>
  /** Service port → port of the application behind its sidecar, which policies speak of; `ports` where it is not given. */
  readonly workloadPorts?: Readonly<Record<string, number>>
  /** Milliseconds since 1970 when it registered: slow start counts from here. */
  readonly since?: number
}

/** Key `outbound.<namespace>.<host>`: what a caller in that namespace does with a request for that host. */
export interface OutboundSnapshot extends OutboundView {
  readonly host: string
  readonly namespace: string
  /** To whom no `viewsFor` applies, the host is not known: a Sidecar hides it. */
  readonly unknown?: true
  /** Sidecars with a `workloadSelector`: a reader that carries the labels sees the first that fits in the place of everything above; null is an unknown host. */
  readonly viewsFor?: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly view: OutboundView | null
  }[]
}
/** Read it with `viewOf`. */
export interface OutboundView {
  /** In order; the first whose match fits decides. The last one matches everything, unless a VirtualService left no default. */
  readonly routes: readonly Route[]
  /** By cluster name. */
  readonly clusters: Readonly<Record<string, Cluster>>
  /** Where it is given, the host is known to readers alone that carry one of these sets of labels. */
  readonly knownTo?: readonly Readonly<Record<string, string>>[]
  /** Clusters that routes name and that do not exist for this caller: a request for one ends with flag NC. */
  readonly absent?: readonly string[]
  /** Ports that are carried as they are, by service port; their routes are asked in order. */
  readonly tcp?: Readonly<Record<string, TcpPort>>
  /** DestinationRules with a `workloadSelector`: for a reader that carries the labels, the first that fits replaces the clusters of the same name. */
  readonly clustersFor?: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly clusters: Readonly<Record<string, Cluster>>
  }[]
}
export interface TcpPort {
  /** `TLS` is routed by SNI without being terminated. */
  readonly protocol: 'TCP' | 'TLS'
  readonly routes: readonly TcpRoute[]
}
/** `tcp[]` and `tls[]` of a VirtualService. */
export interface TcpRoute {
  readonly name: string
  readonly source: string
  /** Alternatives; empty matches everything. */
  readonly match: readonly TcpMatch[]
  readonly destinations: readonly WeightedDestination[]
}
export interface TcpMatch {
  /** Exact or `*.suffix`. */
  readonly sniHosts?: readonly string[]
  readonly destinationSubnets?: readonly string[]
  readonly port?: number
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
}

/** Key `gateway.<selector>`, `gateway.istio-ingressgateway` for `istio: ingressgateway`: what the edge listens to and whither it routes. */
export interface GatewaySnapshot {
  readonly selector: Readonly<Record<string, string>>
  readonly servers: readonly GatewayServer[]
  /** Most specific host first. */
  readonly virtualHosts: readonly VirtualHost[]
  /** What the edge itself lets in: RequestAuthentication and AuthorizationPolicy that select it, as at any workload. */
  readonly inbound?: Omit<InboundSnapshot, 'peerAuthentication'>
  /** As of `OutboundView`. */
  readonly absent?: readonly string[]
  readonly telemetry?: TelemetryPolicy
  /** `gatewayTopology.numTrustedProxies`: so many proxies before this one write `X-Forwarded-For`, and are believed. 0 where it is not given. */
  readonly trustedProxies?: number
  /** Servers with TLS mode PASSTHROUGH, by gateway port: routed by SNI. */
  readonly tcp?: Readonly<Record<string, TcpPort>>
  readonly clusters: Readonly<Record<string, Cluster>>
}
export interface GatewayServer {
  /** Resource, such as `Gateway default/my-gateway`. */
  readonly source: string
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string }
  readonly hosts: readonly string[]
  readonly tls?: GatewayTls
}
/** `Gateway.servers[].tls`. */
export interface GatewayTls {
  /** Every plain request is answered 301 to https. */
  readonly httpsRedirect: boolean
  readonly mode: 'PASSTHROUGH' | 'SIMPLE' | 'MUTUAL' | null
  /** Name of the credential: a folder with `tls.crt`, `tls.key` and, for MUTUAL, `ca.crt`. */
  readonly credentialName: string | null
  readonly minProtocolVersion: 'TLSv1.2' | 'TLSv1.3'
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
  /** Empty where the route answers itself: redirect or direct response. */
  readonly destinations: readonly WeightedDestination[]
  /** 0 is no timeout, as in Istio. */
  readonly timeoutMs: number
  readonly retries: RetryPolicy
  readonly redirect?: Redirect
  readonly directResponse?: DirectResponse
  readonly rewrite?: Rewrite
  readonly headers?: HeaderOperations
  readonly fault?: Fault
  readonly mirrors?: readonly Mirror[]
  readonly cors?: CorsPolicy
  /** Only where no route of another resource before it is for this reader: decided when the snapshot arrives. */
  readonly onlyIfAlone?: true
}
/** `http[].redirect`. What is not given stays as the request has it. */
export interface Redirect {
  readonly scheme?: string
  readonly authority?: string
  readonly port?: number
  readonly derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
  /** Replaces the path; `%PREFIX()%/new` replaces the matched prefix by `/new`, as in Istio. */
  readonly uri?: string
  readonly status: number
}
export interface DirectResponse {
  readonly status: number
  readonly body: string
}
/** `http[].rewrite`. */
export interface Rewrite {
  /** Replaces the prefix that the route's `uri` matched (`/` where the match names none), or the whole path where it matched exactly or by an expression. */
  readonly uri?: string
  /** `uriRegexRewrite`: RE2, with `\\1` for its groups. */
  readonly uriRegex?: { readonly match: string; readonly rewrite: string }
  readonly authority?: string
}
/** Istio's `Headers`: `set` overwrites, `add` appends. Names in lower case; request `set` of `:authority`/`host` is `rewrite.authority`. */
export interface HeaderOperations {
  readonly request?: FieldOperations
  readonly response?: FieldOperations
}
export interface FieldOperations {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}
/** Percentages are 0 to 100, with fractions. */
export interface Fault {
  readonly delay?: { readonly fixedDelayMs: number; readonly percentage: number }
  readonly abort?: {
    readonly httpStatus: number
    readonly grpcStatus: number | null
    readonly percentage: number
  }
}
export interface Mirror {
  readonly cluster: string
  readonly percentage: number
}
export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeSeconds: number | null
  readonly allowCredentials: boolean
  readonly unmatchedPreflights: 'FORWARD' | 'IGNORE'
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
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>
  readonly scheme?: StringMatch
  readonly port?: number
  /** Claims of a verified token, `headers: {"@request.auth.claims.group": …}` in Istio; all of them must fit. */
  readonly claims?: readonly ClaimMatch[]
  /** Conditions on the reader: decided once when the snapshot arrives (`reader.ts`). */
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
}
export interface ClaimMatch {
  /** `@request.auth.claims[a][b]` is `['a', 'b']`. */
  readonly path: readonly string[]
  readonly value: StringMatch
  /** From `withoutHeaders`. */
  readonly invert?: true
}
export interface WeightedDestination {
  readonly cluster: string
  readonly weight: number
  readonly headers?: HeaderOperations
}
export interface RetryPolicy {
  /** Further tries after the first. */
  readonly attempts: number
  /** 0 is none. */
  readonly perTryTimeoutMs: number
  /** Envoy's words, such as `connect-failure`, `refused-stream`, `unavailable`, `5xx`, `gateway-error`, `reset`, `503`. */
  readonly retryOn: readonly string[]
  /** `retries.backoff`; 25 ms, Envoy's default, where it is not given. The longest is ten times as long. */
  readonly backoffMs?: number
  /** `retryIgnorePreviousHosts`: never an endpoint that was tried, while there is another. True where it is not given, as in Istio. */
  readonly ignorePreviousHosts?: boolean
  readonly remoteLocalities?: boolean
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
  readonly tls: 'ISTIO_MUTUAL' | 'DISABLE' | 'SIMPLE' | 'MUTUAL'
  readonly connectTimeoutMs: number
  readonly outlierDetection: OutlierDetection | null
  /** What SIMPLE and MUTUAL need. */
  readonly tlsSettings?: ClientTlsSettings
  /** ServiceEntry with DNS_ROUND_ROBIN: of a name's addresses one at a time. */
  readonly oneAddressPerName?: true
  /** Connections go to the port of the request's authority. */
  readonly portOfRequest?: true
  /** Takes the place of `loadBalancer`. */
  readonly consistentHash?: ConsistentHash
  readonly slowStart?: SlowStart
  readonly locality?: LocalityPolicy
  readonly connectionPool?: ConnectionPool
  readonly retryBudget?: RetryBudget
}
/** `trafficPolicy.tls` of modes SIMPLE and MUTUAL. */
export interface ClientTlsSettings {
  /** The host of the cluster where it is not given. */
  readonly sni?: string
  readonly subjectAltNames: readonly string[]
  /** Files in PEM; the system's authorities where it is not given. */
  readonly caCertificates?: string
  readonly clientCertificate?: string
  readonly privateKey?: string
  readonly insecureSkipVerify: boolean
}
export interface ConsistentHash {
  readonly on:
    | { readonly kind: 'header'; readonly name: string }
    | { readonly kind: 'cookie'; readonly name: string; readonly path: string; readonly ttlSeconds: number | null }
    | { readonly kind: 'query'; readonly name: string }
    | { readonly kind: 'sourceIp' }
  readonly algorithm:
    | { readonly kind: 'RING_HASH'; readonly minimumRingSize: number }
    | { readonly kind: 'MAGLEV'; readonly tableSize: number }
}
/** `warmup`: an endpoint's share grows from `minimumPercent` to the whole within `windowMs`; `aggression` bends the curve as in Envoy. */
export interface SlowStart {
  readonly windowMs: number
  readonly minimumPercent: number
  readonly aggression: number
}
/** `localityLbSetting`. Failover needs outlier detection, as in Istio. */
export interface LocalityPolicy {
  readonly distribute?: readonly { readonly from: string; readonly to: Readonly<Record<string, number>> }[]
  readonly failover?: readonly { readonly from: string; readonly to: string }[]
  /** Labels, in order: the more of them from the first on an endpoint shares with the caller, the earlier it is taken. */
  readonly failoverPriority?: readonly string[]
}
/** Istio's `connectionPool` with Envoy's words for what is exceeded: flag UO. Not given is no limit. */
export interface ConnectionPool {
  readonly maxConnections?: number
  /** Requests that wait for a connection. */
  readonly maxPendingRequests?: number
  /** Requests in flight to the whole cluster. */
  readonly maxRequests?: number
  readonly maxRequestsPerConnection?: number
  /** Retries in flight at the same time; takes the place of the retry budget. */
  readonly maxRetries?: number
  readonly idleTimeoutMs?: number
  readonly maxConnectionDurationMs?: number
  readonly tcpKeepaliveMs?: number
}
/** `trafficPolicy.retryBudget`. */
export interface RetryBudget {
  readonly percent: number
  readonly minRetryConcurrency: number
}
export interface OutlierDetection {
  /** 0 switches it off. */
  readonly consecutive5xxErrors: number
  readonly intervalMs: number
  readonly baseEjectionTimeMs: number
  readonly maxEjectionPercent: number
  /** 502, 503, 504 and failures without an answer; 0 or not given switches it off. */
  readonly consecutiveGatewayErrors?: number
  /** Only with `splitExternalLocalOriginErrors`: failures without an answer are then counted apart from answers. */
  readonly consecutiveLocalOriginFailures?: number
  readonly splitExternalLocalOriginErrors?: boolean
  /** Below this share of healthy endpoints outlier detection is not believed (panic): all are used. 0 is never. */
  readonly minHealthPercent?: number
  /** Not in Istio's API: set by annotation (ADR 9). Envoy's `success_rate_*`. */
  readonly successRate?: {
    readonly minimumHosts: number
    readonly requestVolume: number
    /** In thousandths, as in Envoy: 1900 is 1.9 standard deviations. */
    readonly stdevFactor: number
  }
}

/** Key `inbound.<namespace>.<workload>`: what a workload lets in. */
export interface InboundSnapshot {
  readonly namespace: string
  readonly workload: string
  readonly peerAuthentication: {
    readonly mode: MtlsMode
    readonly source: string
    /** `portLevelMtls`, by service port. */
    readonly ports?: Readonly<Record<string, MtlsMode>>
  }
  readonly requestAuthentications?: readonly CompiledRequestAuthentication[]
  readonly authorizationPolicies: readonly CompiledAuthorizationPolicy[]
  /** MeshConfig's `pathNormalization`; BASE where it is not given. */
  readonly pathNormalization?: PathNormalization
  /** Not in Istio's API: set by annotation (ADR 9). */
  readonly localRateLimit?: LocalRateLimit
  /** Trust domains beside our own whose identities are believed: MeshConfig's `trustDomainAliases`. */
  readonly trustDomainAliases?: readonly string[]
  /** `Telemetry`, for what this workload serves and what it calls. */
  readonly telemetry?: TelemetryPolicy
}
/** What is not given is as the settings of the process say. */
export interface TelemetryPolicy {
  /** Of requests that come in. */
  readonly server?: TelemetryMode
  /** Of requests that go out, and of everything at a gateway. */
  readonly client?: TelemetryMode
}
export interface TelemetryMode {
  readonly accessLog?: {
    readonly enabled: boolean
    /** Which lines are written: Istio's `filter.expression`. */
    readonly filter?: string
  }
  readonly tracing?: {
    readonly reports: boolean
    /** Of the traces that begin here. */
    readonly samplingPercentage?: number
    readonly customTags?: readonly CustomTag[]
  }
  readonly metrics?: { readonly disabled: true } | { readonly overrides: readonly MetricOverride[] }
}
export type CustomTag =
  | { readonly name: string; readonly kind: 'literal'; readonly value: string }
  | {
      readonly name: string
      readonly kind: 'header' | 'environment'
      /** Name of the header, in lower case, or of the variable. */
      readonly of: string
      readonly defaultValue: string
    }
export interface MetricOverride {
  /** Istio's word, such as `REQUEST_COUNT`. */
  readonly metric: string
  readonly disabled?: true
  /** A value of null takes the tag away. */
  readonly tags?: readonly { readonly name: string; readonly value: string | null }[]
}
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'
export type PathNormalization = 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'
/** Envoy's token bucket. */
export interface LocalRateLimit {
  readonly source: string
  readonly maxTokens: number
  readonly tokensPerFill: number
  readonly fillIntervalMs: number
}
export interface CompiledRequestAuthentication {
  /** Resource, such as `RequestAuthentication meshmart/jwt`. */
  readonly source: string
  readonly rules: readonly JwtRule[]
}
/** Istio's `JWTRule`; where no place is named the token is looked for as Istio does: `Authorization: Bearer`, then `access_token` in the query. */
export interface JwtRule {
  readonly issuer: string
  readonly audiences?: readonly string[]
  /** One of the two. */
  readonly jwksUri?: string
  readonly jwks?: string
  readonly fromHeaders?: readonly { readonly name: string; readonly prefix: string }[]
  readonly fromParams?: readonly string[]
  readonly fromCookies?: readonly string[]
  readonly outputPayloadToHeader?: string
  readonly outputClaimToHeaders?: readonly { readonly header: string; readonly claim: string }[]
  readonly forwardOriginalToken?: boolean
  /** Of fetching the keys; 5 s where it is not given. */
  readonly timeoutMs?: number
}
export interface CompiledAuthorizationPolicy {
  /** Resource, such as `AuthorizationPolicy meshmart/orders`. */
  readonly source: string
  readonly action: 'ALLOW' | 'DENY' | 'CUSTOM' | 'AUDIT'
  /** One that fits is enough; none at all never fits. */
  readonly rules: readonly AuthorizationRule[]
  /** Of CUSTOM: who is asked. */
  readonly provider?: ExternalAuthorizer
}
/** MeshConfig's `extensionProviders[].envoyExtAuthzHttp`. */
export interface ExternalAuthorizer {
  readonly name: string
  /** Full host of a service of the mesh, or of a ServiceEntry. */
  readonly service: string
  readonly port: number
  readonly timeoutMs: number
  readonly pathPrefix: string
  readonly failOpen: boolean
  readonly statusOnError: number
  /** Names in lower case, also `prefix*`. */
  readonly includeRequestHeadersInCheck: readonly string[]
  readonly includeAdditionalHeadersInCheck: Readonly<Record<string, string>>
  readonly headersToUpstreamOnAllow: readonly string[]
  readonly headersToDownstreamOnAllow: readonly string[]
  readonly headersToDownstreamOnDeny: readonly string[]
}
/** Each part that is there must fit; within a part one entry is enough. */
export interface AuthorizationRule {
  readonly from: readonly AuthorizationSource[]
  readonly to: readonly AuthorizationOperation[]
  /** All of them must fit. */
  readonly when?: readonly AuthorizationCondition[]
}
/** `request.headers[x]`, `request.auth.claims[a][b]`, `source.ip`, `connection.sni`, …: Istio's page "Authorization Policy Conditions". */
export interface AuthorizationCondition {
  readonly key: string
  readonly values?: readonly string[]
  readonly notValues?: readonly string[]
}
/** Istio's string forms: exact, `prefix*`, `*suffix`, `*` (present). Principals have no `spiffe://`. */
export interface AuthorizationSource {
  readonly principals?: readonly string[]
  readonly notPrincipals?: readonly string[]
  readonly namespaces?: readonly string[]
  readonly notNamespaces?: readonly string[]
  /** `<issuer>/<subject>` of the token. */
  readonly requestPrincipals?: readonly string[]
  readonly notRequestPrincipals?: readonly string[]
  /** Addresses and CIDR blocks, of the connection. */
  readonly ipBlocks?: readonly string[]
  readonly notIpBlocks?: readonly string[]
  /** The same, of the client as `X-Forwarded-For` tells it. */
  readonly remoteIpBlocks?: readonly string[]
  readonly notRemoteIpBlocks?: readonly string[]
  /** `<namespace>/<account>`, or an account of the policy's own namespace, already completed. */
  readonly serviceAccounts?: readonly string[]
  readonly notServiceAccounts?: readonly string[]
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

/** Key `trust`: whom to believe. Every sidecar follows it from its start. */
export interface TrustSnapshot {
  /** PEM of every root that is trusted. */
  readonly trustBundle: string
  /** SHA-256 of the certificate that signs now, in hexadecimal: whoever was signed by another one renews soon. */
  readonly issuer: string
  /** SPIFFE ids that nobody talks to any more, whatever certificate they still hold. */
  readonly denied: readonly string[]
}
