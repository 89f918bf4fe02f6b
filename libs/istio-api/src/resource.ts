/**
 * Istio resources as the rest of this library sees them: metadata that is filled in, the spec as the operator wrote it (types generated from
 * Istio's own definitions), and where each field stands in its file.
 */
import type { IWasmPlugin } from '@kubernetes-models/istio/extensions.istio.io/v1alpha1/WasmPlugin'
import type { IGateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway'
import type { IServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry'
import type { ISidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar'
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import type { IWorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry'
import type { IWorkloadGroup } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadGroup'
import type { IEnvoyFilter } from '@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter'
import type { IProxyConfig } from '@kubernetes-models/istio/networking.istio.io/v1beta1/ProxyConfig'
import type { IAuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy'
import type { IPeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication'
import type { IRequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication'
import type { ITelemetry } from '@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry'
import type { DestinationRuleSpec } from './destination-rule-spec.ts'
import type { MeshConfigSpec } from './mesh-config/mesh-config-spec.ts'

export type GatewaySpec = NonNullable<IGateway['spec']>
export type GatewayServerSpec = NonNullable<GatewaySpec['servers']>[number]
export type VirtualServiceSpec = NonNullable<IVirtualService['spec']>
export type HttpRouteSpec = NonNullable<VirtualServiceSpec['http']>[number]
export type HttpMatchSpec = NonNullable<HttpRouteSpec['match']>[number]
export type HttpRetrySpec = NonNullable<HttpRouteSpec['retries']>
export type TcpRouteSpec = NonNullable<VirtualServiceSpec['tcp']>[number]
export type TlsRouteSpec = NonNullable<VirtualServiceSpec['tls']>[number]
export type DestinationSpec = NonNullable<HttpRouteSpec['route']>[number]['destination']
export type ServiceEntrySpec = IServiceEntry['spec']
export type ServiceEntryPortSpec = NonNullable<ServiceEntrySpec['ports']>[number]
export type WorkloadEntrySpec = NonNullable<IWorkloadEntry['spec']>
export type SidecarSpec = NonNullable<ISidecar['spec']>
export type RequestAuthenticationSpec = NonNullable<IRequestAuthentication['spec']>
export type JwtRuleSpec = NonNullable<RequestAuthenticationSpec['jwtRules']>[number]
export type PeerAuthenticationSpec = NonNullable<IPeerAuthentication['spec']>
export type AuthorizationPolicySpec = NonNullable<IAuthorizationPolicy['spec']>
export type AuthorizationRuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number]
export type TelemetrySpec = NonNullable<ITelemetry['spec']>
export type WorkloadGroupSpec = IWorkloadGroup['spec']
export type EnvoyFilterSpec = NonNullable<IEnvoyFilter['spec']>
export type WasmPluginSpec = IWasmPlugin['spec']
/** The resource; the mesh configuration has settings of the same name. */
export type ProxyConfigResourceSpec = NonNullable<IProxyConfig['spec']>

/** Spec of each kind that is recognised. */
export interface Specs {
  Gateway: GatewaySpec
  VirtualService: VirtualServiceSpec
  DestinationRule: DestinationRuleSpec
  ServiceEntry: ServiceEntrySpec
  WorkloadEntry: WorkloadEntrySpec
  Sidecar: SidecarSpec
  PeerAuthentication: PeerAuthenticationSpec
  AuthorizationPolicy: AuthorizationPolicySpec
  RequestAuthentication: RequestAuthenticationSpec
  Telemetry: TelemetrySpec
  EnvoyFilter: EnvoyFilterSpec
  WasmPlugin: WasmPluginSpec
  ProxyConfig: ProxyConfigResourceSpec
  WorkloadGroup: WorkloadGroupSpec
  /** Only `istio-system/istio`: Istio's mesh configuration, read out of its key `mesh`. */
  ConfigMap: MeshConfigSpec
}
export type Kind = keyof Specs
/** Kinds of Istio's own API groups. */
export type IstioKind = Exclude<Kind, 'ConfigMap'>

export interface ResourceOf<K extends Kind> {
  readonly kind: K
  readonly apiVersion: string
  readonly name: string
  /** `default` where the document names none. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** `metadata.creationTimestamp` as it is written: the oldest of several that contradict each other counts. */
  readonly createdAt?: string
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
