/**
 * Istio resources as the rest of this library sees them: metadata that is filled in, the spec as the operator wrote it (types generated from
 * Istio's own definitions), and where each field stands in its file.
 */
import type { IGateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway'
import type { IServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry'
import type { ISidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar'
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import type { IWorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry'
import type { IAuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy'
import type { IPeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication'
import type { IRequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication'
import type { ITelemetry } from '@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry'

export type GatewaySpec = NonNullable<IGateway['spec']>
export type VirtualServiceSpec = NonNullable<IVirtualService['spec']>
export type HttpRouteSpec = NonNullable<VirtualServiceSpec['http']>[number]
export type HttpMatchSpec = NonNullable<HttpRouteSpec['match']>[number]
export type HttpRetrySpec = NonNullable<HttpRouteSpec['retries']>
export type DestinationSpec = NonNullable<HttpRouteSpec['route']>[number]['destination']
/**
 * What is read of a DestinationRule. Not the generated type: its choices of fields multiply to 1.6 MB of unions, on which the compiler spends
 * minutes and 6 GB. The schema that checks the document at run time is the generated one all the same.
 */
export interface DestinationRuleSpec {
  readonly host: string
  readonly trafficPolicy?: TrafficPolicySpec
  readonly subsets?: readonly {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly trafficPolicy?: TrafficPolicySpec
  }[]
}
export interface TrafficPolicySpec {
  readonly connectionPool?: { readonly tcp?: { readonly connectTimeout?: string } }
  readonly loadBalancer?: { readonly simple?: string }
  readonly tls?: { readonly mode?: string }
  readonly outlierDetection?: {
    readonly consecutive5xxErrors?: number
    readonly interval?: string
    readonly baseEjectionTime?: string
    readonly maxEjectionPercent?: number
  }
}
export type PeerAuthenticationSpec = NonNullable<IPeerAuthentication['spec']>
export type AuthorizationPolicySpec = NonNullable<IAuthorizationPolicy['spec']>
export type AuthorizationRuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number]

/** Spec of each kind that is recognised. */
export interface Specs {
  Gateway: GatewaySpec
  VirtualService: VirtualServiceSpec
  DestinationRule: DestinationRuleSpec
  ServiceEntry: NonNullable<IServiceEntry['spec']>
  WorkloadEntry: NonNullable<IWorkloadEntry['spec']>
  Sidecar: NonNullable<ISidecar['spec']>
  PeerAuthentication: PeerAuthenticationSpec
  AuthorizationPolicy: AuthorizationPolicySpec
  RequestAuthentication: NonNullable<IRequestAuthentication['spec']>
  Telemetry: NonNullable<ITelemetry['spec']>
}
export type Kind = keyof Specs

export interface ResourceOf<K extends Kind> {
  readonly kind: K
  readonly apiVersion: string
  readonly name: string
  /** `default` where the document names none. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly spec: Specs[K]
  readonly origin: Origin
}
export type Resource = { [K in Kind]: ResourceOf<K> }[Kind]

/** Where a resource was read; lines and columns count from 1. */
export interface Origin {
  readonly file: string
  /** Place of a field, or of the nearest parent that stands in the file. */
  locate(path: FieldPath): Position
}
export interface Position {
  readonly line: number
  readonly column: number
}
/** Way from the document's root, such as `['spec', 'http', 0, 'timeout']`. */
export type FieldPath = readonly (string | number)[]

/** `VirtualService default/my-virtual-service`: how a resource is named in snapshots, problems and logs. */
export function nameOf(resource: Pick<Resource, 'kind' | 'namespace' | 'name'>): string {
  return `${resource.kind} ${resource.namespace}/${resource.name}`
}

export function ofKind<K extends Kind>(resources: readonly Resource[], kind: K): Extract<Resource, { kind: K }>[] {
  return resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)
}
