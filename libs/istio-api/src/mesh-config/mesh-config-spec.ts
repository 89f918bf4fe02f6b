/** What is read of Istio's MeshConfig (istio/api, mesh/v1alpha1/config.proto). */
import type { LocalityLbSpec } from '../destination-rule-spec.ts'
import type { HttpRetrySpec } from '../resource.ts'

export interface MeshConfigSpec {
  /** `istio-system` where it is not given. */
  readonly rootNamespace?: string
  readonly trustDomain?: string
  readonly trustDomainAliases?: readonly string[]
  /** REGISTRY_ONLY where it is not given: stricter than Istio's ALLOW_ANY. */
  readonly outboundTrafficPolicy?: { readonly mode?: OutboundTrafficMode }
  readonly inboundTrafficPolicy?: { readonly mode?: InboundTrafficMode }
  readonly pathNormalization?: { readonly normalization?: NormalizationType }
  readonly defaultHttpRetryPolicy?: HttpRetrySpec
  readonly localityLbSetting?: LocalityLbSpec
  readonly connectTimeout?: string
  readonly defaultServiceExportTo?: readonly string[]
  readonly defaultVirtualServiceExportTo?: readonly string[]
  readonly defaultDestinationRuleExportTo?: readonly string[]
  readonly extensionProviders?: readonly ExtensionProviderSpec[]
  readonly defaultProviders?: DefaultProvidersSpec
  readonly enableTracing?: boolean
  /** Empty: no lines. Every other name is Envoy's standard output, or a file of the proxy. */
  readonly accessLogFile?: string
  readonly defaultConfig?: ProxyConfigSpec
}
export const NORMALIZATION_TYPES = ['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const
export type NormalizationType = (typeof NORMALIZATION_TYPES)[number]
export const OUTBOUND_TRAFFIC_MODES = ['REGISTRY_ONLY', 'ALLOW_ANY', 'ALLOW_ANY_DYNAMIC_DNS'] as const
export type OutboundTrafficMode = (typeof OUTBOUND_TRAFFIC_MODES)[number]
export const INBOUND_TRAFFIC_MODES = ['PASSTHROUGH', 'LOCALHOST'] as const
export type InboundTrafficMode = (typeof INBOUND_TRAFFIC_MODES)[number]

/** What applies where no Telemetry names a provider. */
export interface DefaultProvidersSpec {
  readonly accessLogging?: readonly string[]
  readonly tracing?: readonly string[]
  readonly metrics?: readonly string[]
}
export interface ProxyConfigSpec {
  readonly gatewayTopology?: { readonly numTrustedProxies?: number }
  readonly tracing?: {
    /** Percent of the requests that begin a trace here. */
    readonly sampling?: number
    readonly customTags?: Readonly<Record<string, CustomTagSpec>>
  }
}
/** One of the three. */
export interface CustomTagSpec {
  readonly literal?: { readonly value: string }
  readonly environment?: { readonly name: string; readonly defaultValue?: string }
  readonly header?: { readonly name: string; readonly defaultValue?: string }
}

export interface ExtensionProviderSpec {
  readonly name: string
  readonly envoyExtAuthzHttp?: ExtAuthzHttpSpec
  /** The others are known by name alone: where lines, spans and figures of this mesh go is a matter of its deployment. */
  readonly envoyFileAccessLog?: object
  readonly envoyOtelAls?: object
  readonly opentelemetry?: object
  readonly zipkin?: object
  readonly prometheus?: object
}
export interface ExtAuthzHttpSpec {
  /** `[<namespace>/]<full host>` */
  readonly service: string
  readonly port: number
  readonly timeout?: string
  readonly pathPrefix?: string
  readonly failOpen?: boolean
  /** A number in quotation marks, as in Istio. */
  readonly statusOnError?: string
  readonly includeRequestHeadersInCheck?: readonly string[]
  /** Deprecated name of the one before. */
  readonly includeHeadersInCheck?: readonly string[]
  readonly includeAdditionalHeadersInCheck?: Readonly<Record<string, string>>
  readonly headersToUpstreamOnAllow?: readonly string[]
  readonly headersToDownstreamOnAllow?: readonly string[]
  readonly headersToDownstreamOnDeny?: readonly string[]
}
