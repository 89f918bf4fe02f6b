/** Everything that a snapshot is compiled from, indexed once, so that a question never walks over all resources. */
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@meshmart/mesh-policy'
import type { MeshConfigSpec } from '../mesh-config/mesh-config-spec.ts'
import type { Kind, Resource, ResourceOf } from '../resource.ts'
import { DestinationRuleIndex } from './destination-rules.ts'
import { oldestFirst } from './order.ts'
import { compileRetries } from './retries.ts'
import { ServiceTable, type MeshService } from './service.ts'
import { servicesOfEntries } from './service-entry.ts'
import { SidecarIndex } from './sidecar-scope.ts'
import { VirtualServiceIndex } from './virtual-services.ts'
import { WorkloadIndex, type MeshWorkload } from './workload.ts'

export interface MeshModel {
  readonly resources: readonly Resource[]
  /** What the registry knows; those of ServiceEntries come with the resources. */
  readonly services: readonly MeshService[]
  /** Pods that a ServiceEntry may select; none where it is not given. */
  readonly workloads?: readonly MeshWorkload[]
  /** The mesh configuration's, else `cluster.local`, where it is not given. */
  readonly trustDomain?: string
}

/** The model with what is looked up again and again worked out once. */
export interface PreparedModel {
  readonly resources: readonly Resource[]
  readonly services: ServiceTable
  readonly workloads: WorkloadIndex
  readonly meshConfig: MeshConfigSpec
  readonly rootNamespace: string
  readonly trustDomain: string
  /** What applies to a route without `retries`. */
  readonly defaultRetries: RetryPolicy
  readonly virtualServices: VirtualServiceIndex
  readonly destinationRules: DestinationRuleIndex
  readonly sidecars: SidecarIndex
  /** Resources of a kind, the oldest first. */
  of<K extends Kind>(kind: K): readonly Extract<Resource, { kind: K }>[]
  /** Those of one namespace. */
  within<K extends Kind>(kind: K, namespace: string): readonly Extract<Resource, { kind: K }>[]
}

/** Istio's root namespace where the mesh configuration names no other: what stands there applies to the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system'
/** Istio's word for all sidecars, and the default of `gateways`. */
export const MESH = 'mesh'
/** Of a host that nobody described: HTTP's own. */
export const DEFAULT_PORT = 80

export const meshConfigOf = (resources: readonly Resource[]): MeshConfigSpec =>
  resources.find((resource): resource is ResourceOf<'ConfigMap'> => resource.kind === 'ConfigMap')?.spec ?? {}

/** The registry is asked first: a ServiceEntry cannot take a workload's name away. */
export function prepareModel(model: MeshModel): PreparedModel {
  const meshConfig = meshConfigOf(model.resources)
  const rootNamespace = meshConfig.rootNamespace ?? ROOT_NAMESPACE
  const kinds = new KindTable(model.resources)
  const workloads = new WorkloadIndex(kinds.of('WorkloadEntry'), model.workloads ?? [])
  const entries = servicesOfEntries(kinds.of('ServiceEntry'), workloads)
  return {
    resources: model.resources,
    services: new ServiceTable([...model.services, ...entries], meshConfig.defaultServiceExportTo),
    workloads,
    meshConfig,
    rootNamespace,
    trustDomain: model.trustDomain ?? meshConfig.trustDomain ?? 'cluster.local',
    defaultRetries: compileRetries(meshConfig.defaultHttpRetryPolicy, DEFAULT_RETRY_POLICY),
    virtualServices: new VirtualServiceIndex(kinds.of('VirtualService'), meshConfig.defaultVirtualServiceExportTo),
    destinationRules: new DestinationRuleIndex(kinds.of('DestinationRule'), {
      rootNamespace,
      defaultExportTo: meshConfig.defaultDestinationRuleExportTo,
    }),
    sidecars: new SidecarIndex(kinds.of('Sidecar'), rootNamespace, meshConfig),
    of: (kind) => kinds.of(kind),
    within: (kind, namespace) => kinds.within(kind, namespace),
  }
}

/** The port of a destination that names none: the service's only port, else the one that the request was for. */
export function portOf(model: PreparedModel, host: string, requestPort: number, namespace?: string): number {
  const ports = model.services.find(host, namespace)?.ports ?? []
  return ports.length === 1 ? (ports[0] ?? requestPort) : requestPort
}

class KindTable {
  readonly #byKind: ReadonlyMap<string, readonly Resource[]>
  readonly #byNamespace: ReadonlyMap<string, readonly Resource[]>

  constructor(resources: readonly Resource[]) {
    const sorted = [...Map.groupBy(resources, ({ kind }) => kind)].map(
      ([kind, all]) => [kind, oldestFirst(all)] as const,
    )
    this.#byKind = new Map(sorted)
    this.#byNamespace = Map.groupBy(
      sorted.flatMap(([, all]) => all),
      ({ kind, namespace }) => `${kind} ${namespace}`,
    )
  }

  of<K extends Kind>(kind: K): readonly Extract<Resource, { kind: K }>[] {
    return onlyOf(kind, this.#byKind.get(kind) ?? [])
  }

  within<K extends Kind>(kind: K, namespace: string): readonly Extract<Resource, { kind: K }>[] {
    return onlyOf(kind, this.#byNamespace.get(`${kind} ${namespace}`) ?? [])
  }
}

function onlyOf<K extends Kind>(kind: K, resources: readonly Resource[]): readonly Extract<Resource, { kind: K }>[] {
  return resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)
}
