/** What is read of Istio's MeshConfig (istio/api, mesh/v1alpha1/config.proto). */
import type { HttpRetrySpec } from '../resource.ts'

export interface MeshConfigSpec {
  readonly pathNormalization?: { readonly normalization?: NormalizationType }
  readonly defaultHttpRetryPolicy?: HttpRetrySpec
  readonly extensionProviders?: readonly ExtensionProviderSpec[]
}
export const NORMALIZATION_TYPES = ['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const
export type NormalizationType = (typeof NORMALIZATION_TYPES)[number]

export interface ExtensionProviderSpec {
  readonly name: string
  /** Other kinds of providers have no effect here. */
  readonly envoyExtAuthzHttp?: ExtAuthzHttpSpec
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
