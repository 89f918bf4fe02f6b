/**
 * What is read of a DestinationRule. Not the generated type: its choices of fields multiply to 1.6 MB of unions, on which the compiler spends
 * minutes and 6 GB. The schema that checks the document at run time is the generated one all the same.
 */

export interface DestinationRuleSpec {
  readonly host: string
  readonly trafficPolicy?: TrafficPolicySpec
  readonly subsets?: readonly SubsetSpec[]
  readonly exportTo?: readonly string[]
  readonly workloadSelector?: { readonly matchLabels?: Readonly<Record<string, string>> }
}
export interface SubsetSpec {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly trafficPolicy?: TrafficPolicySpec
}
/** The four blocks that a port may set for itself. */
export interface PortPolicySpec {
  readonly connectionPool?: ConnectionPoolSpec
  readonly loadBalancer?: LoadBalancerSpec
  readonly outlierDetection?: OutlierDetectionSpec
  readonly tls?: ClientTlsSpec
}
export interface TrafficPolicySpec extends PortPolicySpec {
  readonly portLevelSettings?: readonly (PortPolicySpec & { readonly port?: { readonly number?: number } })[]
  readonly retryBudget?: { readonly percent?: number; readonly minRetryConcurrency?: number }
  readonly tunnel?: { readonly protocol?: string; readonly targetHost: string; readonly targetPort: number }
  readonly proxyProtocol?: { readonly version?: string }
}
export interface ConnectionPoolSpec {
  readonly tcp?: {
    readonly connectTimeout?: string
    readonly maxConnections?: number
    readonly maxConnectionDuration?: string
    readonly idleTimeout?: string
    readonly tcpKeepalive?: { readonly time?: string; readonly interval?: string; readonly probes?: number }
  }
  readonly http?: {
    readonly http1MaxPendingRequests?: number
    readonly http2MaxRequests?: number
    readonly maxRequestsPerConnection?: number
    readonly maxRetries?: number
    readonly idleTimeout?: string
    readonly h2UpgradePolicy?: string
    readonly useClientProtocol?: boolean
    readonly maxConcurrentStreams?: number
    readonly http2KeepAlive?: { readonly interval?: string; readonly timeout?: string }
  }
}
export interface LoadBalancerSpec {
  readonly simple?: string
  readonly consistentHash?: ConsistentHashSpec
  readonly localityLbSetting?: LocalityLbSpec
  readonly zoneAwareLbSetting?: ZoneAwareLbSpec
  readonly backendUtilization?: object
  readonly warmup?: { readonly duration?: string; readonly minimumPercent?: number; readonly aggression?: number }
  readonly warmupDurationSecs?: string
}
export interface ConsistentHashSpec {
  readonly httpHeaderName?: string
  readonly httpCookie?: {
    readonly name: string
    readonly path?: string
    readonly ttl?: string
    readonly attributes?: readonly { readonly name: string; readonly value?: string }[]
  }
  readonly httpQueryParameterName?: string
  readonly useSourceIp?: boolean
  readonly minimumRingSize?: number
  readonly ringHash?: { readonly minimumRingSize?: number }
  readonly maglev?: { readonly tableSize?: number }
}
export interface LocalityLbSpec {
  readonly enabled?: boolean
  readonly distribute?: readonly { readonly from?: string; readonly to?: Readonly<Record<string, number>> }[]
  readonly failover?: readonly { readonly from?: string; readonly to?: string }[]
  readonly failoverPriority?: readonly string[]
}
/** Newer than the generated schema. */
export interface ZoneAwareLbSpec {
  readonly failover?: readonly { readonly from?: string; readonly to?: string }[]
  readonly failoverPriority?: readonly string[]
}
export interface OutlierDetectionSpec {
  readonly consecutiveErrors?: number
  readonly consecutive5xxErrors?: number
  readonly consecutiveGatewayErrors?: number
  readonly consecutiveLocalOriginFailures?: number
  readonly splitExternalLocalOriginErrors?: boolean
  readonly interval?: string
  readonly baseEjectionTime?: string
  readonly maxEjectionPercent?: number
  readonly minHealthPercent?: number
}
export interface ClientTlsSpec {
  readonly mode?: string
  readonly sni?: string
  readonly subjectAltNames?: readonly string[]
  readonly caCertificates?: string
  readonly caCrl?: string
  readonly credentialName?: string
  readonly clientCertificate?: string
  readonly privateKey?: string
  readonly insecureSkipVerify?: boolean
}
