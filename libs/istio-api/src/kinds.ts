/**
 * Which kinds are recognised, which API versions Istio serves them under, the model that knows their structure, and how much of them this
 * version of the mesh honours.
 */
import { DestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule'
import { Gateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway'
import { ServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry'
import { Sidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar'
import { VirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import { WorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry'
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
  /** `fields`: as far as `supported-fields.ts` says; otherwise what the whole resource is worth as a problem. */
  readonly support: 'fields' | 'warning'
}

const NETWORKING = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'] }
const SECURITY = { group: 'security.istio.io', versions: ['v1', 'v1beta1'] }
const TELEMETRY = { group: 'telemetry.istio.io', versions: ['v1', 'v1alpha1'] }

export const KINDS: Readonly<Record<IstioKind, KindEntry>> = {
  Gateway: { ...NETWORKING, model: Gateway, support: 'fields' },
  VirtualService: { ...NETWORKING, model: VirtualService, support: 'fields' },
  DestinationRule: { ...NETWORKING, model: DestinationRule, support: 'fields' },
  ServiceEntry: { ...NETWORKING, model: ServiceEntry, support: 'fields' },
  WorkloadEntry: { ...NETWORKING, model: WorkloadEntry, support: 'fields' },
  Sidecar: { ...NETWORKING, model: Sidecar, support: 'fields' },
  PeerAuthentication: { ...SECURITY, model: PeerAuthentication, support: 'fields' },
  AuthorizationPolicy: { ...SECURITY, model: AuthorizationPolicy, support: 'fields' },
  RequestAuthentication: { ...SECURITY, model: RequestAuthentication, support: 'fields' },
  Telemetry: { ...TELEMETRY, model: Telemetry, support: 'fields' },
}

export function isKind(kind: string): kind is IstioKind {
  return Object.hasOwn(KINDS, kind)
}
