/**
 * Which kinds are recognised, which API versions Istio serves them under, the model that knows their structure, and how much of them this
 * version of the mesh honours.
 */
import { WasmPlugin } from '@kubernetes-models/istio/extensions.istio.io/v1alpha1/WasmPlugin'
import { DestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule'
import { Gateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway'
import { ServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry'
import { Sidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar'
import { VirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import { WorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry'
import { WorkloadGroup } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadGroup'
import { EnvoyFilter } from '@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter'
import { ProxyConfig } from '@kubernetes-models/istio/networking.istio.io/v1beta1/ProxyConfig'
import { AuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy'
import { PeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication'
import { RequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication'
import { Telemetry } from '@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry'
import type { IstioKind } from './resource.ts'

/** A generated model: validates itself against Istio's schema and throws what is wrong. */
export interface ValidatableModel {
  validate(): void
}
export interface KindEntry {
  readonly group: string
  readonly versions: readonly string[]
  readonly model: new () => ValidatableModel
  /** Why the kind is refused as a whole; null where `supported-fields.ts` says what of it takes effect. */
  readonly refusal: string | null
}

const NETWORKING = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'], refusal: null }
const SECURITY = { group: 'security.istio.io', versions: ['v1', 'v1beta1'], refusal: null }
const TELEMETRY = { group: 'telemetry.istio.io', versions: ['v1', 'v1alpha1'], refusal: null }

export const KINDS: Readonly<Record<IstioKind, KindEntry>> = {
  Gateway: { ...NETWORKING, model: Gateway },
  VirtualService: { ...NETWORKING, model: VirtualService },
  DestinationRule: { ...NETWORKING, model: DestinationRule },
  ServiceEntry: { ...NETWORKING, model: ServiceEntry },
  WorkloadEntry: { ...NETWORKING, model: WorkloadEntry },
  Sidecar: { ...NETWORKING, model: Sidecar },
  PeerAuthentication: { ...SECURITY, model: PeerAuthentication },
  AuthorizationPolicy: { ...SECURITY, model: AuthorizationPolicy },
  RequestAuthentication: { ...SECURITY, model: RequestAuthentication },
  Telemetry: { ...TELEMETRY, model: Telemetry },
  EnvoyFilter: {
    group: 'networking.istio.io',
    versions: ['v1alpha3'],
    model: EnvoyFilter,
    refusal: "patches the configuration of Envoy, and there is no Envoy in this mesh's sidecars",
  },
  WasmPlugin: {
    group: 'extensions.istio.io',
    versions: ['v1alpha1'],
    model: WasmPlugin,
    refusal: "loads code into Envoy, and there is no Envoy in this mesh's sidecars",
  },
  ProxyConfig: {
    group: 'networking.istio.io',
    versions: ['v1beta1'],
    model: ProxyConfig,
    refusal: "sets threads, environment and image of Istio's proxy; set those of the sidecar where it is deployed",
  },
  WorkloadGroup: {
    ...NETWORKING,
    model: WorkloadGroup,
    refusal: 'is the template for workloads that register by themselves; here a sidecar does that without one',
  },
}

export function isKind(kind: string): kind is IstioKind {
  return Object.hasOwn(KINDS, kind)
}
