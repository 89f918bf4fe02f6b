/** Everything that a snapshot is compiled from, and the questions that both directions ask it. */
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@meshmart/mesh-policy'
import type { MeshConfigSpec } from '../mesh-config/mesh-config-spec.ts'
import { ofKind, type Resource } from '../resource.ts'
import { compileRetries } from './retries.ts'
import { ServiceTable, type MeshService } from './service.ts'
import { servicesOfEntries } from './service-entry.ts'

export interface MeshModel {
  readonly resources: readonly Resource[]
  /** What the registry knows; those of ServiceEntries come with the resources. */
  readonly services: readonly MeshService[]
  /** `cluster.local` where it is not given. */
  readonly trustDomain?: string
}

/** The model with what is looked up again and again worked out once. */
export interface PreparedModel {
  readonly resources: readonly Resource[]
  readonly services: ServiceTable
  readonly meshConfig: MeshConfigSpec
  readonly trustDomain: string
  /** What applies to a route without `retries`. */
  readonly defaultRetries: RetryPolicy
}

/** Istio's root namespace: what stands there applies to the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system'
/** Istio's word for all sidecars, and the default of `gateways`. */
export const MESH = 'mesh'
/** Of a host that nobody described: HTTP's own. */
export const DEFAULT_PORT = 80

/** The registry is asked first: a ServiceEntry cannot take a workload's name away. */
export function prepareModel(model: MeshModel): PreparedModel {
  const meshConfig = ofKind(model.resources, 'ConfigMap')[0]?.spec ?? {}
  return {
    resources: model.resources,
    services: new ServiceTable([...model.services, ...servicesOfEntries(model.resources)]),
    meshConfig,
    trustDomain: model.trustDomain ?? 'cluster.local',
    defaultRetries: compileRetries(meshConfig.defaultHttpRetryPolicy, DEFAULT_RETRY_POLICY),
  }
}

/** The port of a destination that names none: the service's only port, else the one that the request was for. */
export function portOf(model: PreparedModel, host: string, requestPort: number): number {
  const ports = model.services.find(host)?.ports ?? []
  return ports.length === 1 ? (ports[0] ?? requestPort) : requestPort
}
