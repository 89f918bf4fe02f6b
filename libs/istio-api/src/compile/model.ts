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

/**
 * The registry is asked first: a ServiceEntry cannot take a workload's name away.
 * @param before what was prepared last, and from what: an index whose resources are the very same is taken over
 */
export function prepareModel(
  model: MeshModel,
  before?: { written: MeshModel; prepared: PreparedModel },
): PreparedModel {
  const kinds = new KindTable(model.resources)
  const kept = before !== undefined && isUnchanged(kinds, before.prepared, 'ConfigMap') ? before : undefined
  const same = <K extends Kind>(kind: K) =>
    kept !== undefined && isUnchanged(kinds, kept.prepared, kind) ? kept.prepared : undefined
  const meshConfig = kept?.prepared.meshConfig ?? meshConfigOf(model.resources)
  const rootNamespace = meshConfig.rootNamespace ?? ROOT_NAMESPACE
  const sameServices =
    kept !== undefined &&
    isSameList(kept.written.services, model.services) &&
    isSameList(kept.written.workloads ?? [], model.workloads ?? []) &&
    same('ServiceEntry') !== undefined &&
    same('WorkloadEntry') !== undefined
      ? kept.prepared
      : undefined
  const workloads = sameServices?.workloads ?? new WorkloadIndex(kinds.of('WorkloadEntry'), model.workloads ?? [])
  return {
    resources: model.resources,
    services:
      sameServices?.services ??
      new ServiceTable(
        [...model.services, ...servicesOfEntries(kinds.of('ServiceEntry'), workloads)],
        meshConfig.defaultServiceExportTo,
      ),
    workloads,
    meshConfig,
    rootNamespace,
    trustDomain: model.trustDomain ?? meshConfig.trustDomain ?? 'cluster.local',
    defaultRetries: compileRetries(meshConfig.defaultHttpRetryPolicy, DEFAULT_RETRY_POLICY),
    virtualServices:
      same('VirtualService')?.virtualServices ??
      new VirtualServiceIndex(kinds.of('VirtualService'), meshConfig.defaultVirtualServiceExportTo),
    destinationRules:
      same('DestinationRule')?.destinationRules ??
      new DestinationRuleIndex(kinds.of('DestinationRule'), {
        rootNamespace,
        defaultExportTo: meshConfig.defaultDestinationRuleExportTo,
      }),
    sidecars: same('Sidecar')?.sidecars ?? new SidecarIndex(kinds.of('Sidecar'), rootNamespace, meshConfig),
    ...lookUps(kinds),
  }
}

/** In a function of its own: a closure of `prepareModel` would keep what was prepared before, and that what was before it, for ever. */
const lookUps = (kinds: KindTable): Pick<PreparedModel, 'of' | 'within'> => ({
  of: (kind) => kinds.of(kind),
  within: (kind, namespace) => kinds.within(kind, namespace),
})

const isUnchanged = (kinds: KindTable, before: PreparedModel, kind: Kind): boolean =>
  isSameList(kinds.of(kind), before.of(kind))
const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((value, index) => value === b[index]))

/** The port of a destination that names none: the service's only port, else the one that the request was for. */
export function portOf(model: PreparedModel, host: string, requestPort: number, namespace?: string): number {
  const ports = model.services.find(host, namespace)?.ports ?? []
  return ports.length === 1 ? (ports[0] ?? requestPort) : requestPort
}

/** Each kind is sorted when it is first asked for. */
class KindTable {
  readonly #written: ReadonlyMap<string, readonly Resource[]>
  readonly #sorted = new Map<string, readonly Resource[]>()
  readonly #byNamespace = new Map<string, ReadonlyMap<string, readonly Resource[]>>()

  constructor(resources: readonly Resource[]) {
    this.#written = Map.groupBy(resources, ({ kind }) => kind)
  }

  of<K extends Kind>(kind: K): readonly Extract<Resource, { kind: K }>[] {
    let sorted = this.#sorted.get(kind)
    if (sorted === undefined) this.#sorted.set(kind, (sorted = oldestFirst(this.#written.get(kind) ?? [])))
    return sorted as readonly Extract<Resource, { kind: K }>[]
  }

  within<K extends Kind>(kind: K, namespace: string): readonly Extract<Resource, { kind: K }>[] {
    let groups = this.#byNamespace.get(kind)
    if (groups === undefined) {
      groups = Map.groupBy<string, Resource>(this.of(kind), (resource) => resource.namespace)
      this.#byNamespace.set(kind, groups)
    }
    return (groups.get(namespace) ?? []) as readonly Extract<Resource, { kind: K }>[]
  }
}
