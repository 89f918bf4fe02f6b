/**
 * The door to compilation: resources and services go in once, and each snapshot is made from them when it is asked for, and kept. A compiler that follows
 * another keeps what the change does not touch: a snapshot that is the very same object needs no writing and no comparing.
 */
import type {
  Endpoint,
  EndpointsSnapshot,
  GatewaySnapshot,
  InboundSnapshot,
  OutboundSnapshot,
} from '@meshmart/mesh-policy'
import { changeBetween, touches, touchesInbound, type Change } from './change.ts'
import { compileGateways } from './gateways.ts'
import { compileInbound } from './inbound.ts'
import { prepareModel, type MeshModel, type PreparedModel } from './model.ts'
import { compileOutbound } from './outbound.ts'
import { mayPass } from './passthrough.ts'
import type { Labels } from './selection.ts'
import { endpointsForService, endpointsOfEntry } from './service-entry.ts'
import { WorkloadIndex, type MeshWorkload } from './workload.ts'

export interface Compiler {
  /** What was compiled from, indexed. */
  readonly model: PreparedModel
  /** The full host behind a name as a caller in `namespace` writes it; null where neither a service nor a VirtualService has it. */
  resolveHost(namespace: string, host: string): string | null
  /** @param host fully qualified; @returns null where the mesh does not know it. The same object as long as nothing that it depends on has changed */
  compileOutbound(namespace: string, host: string): OutboundSnapshot | null
  /**
   * @param labels that the control plane gives the workload, such as `{ app: 'orders' }`
   * @param replicas what its leases say of themselves; heard only where that adds a restriction
   * @returns the same object as long as nothing that it depends on has changed
   */
  compileInbound(namespace: string, workload: string, labels: Labels, replicas?: readonly Labels[]): InboundSnapshot
  /** One per selector. */
  compileGateways(): readonly GatewaySnapshot[]
  /** Hosts of ServiceEntries; also `*.example.com`, whose endpoints are compiled for each host below it that is called. */
  readonly entryHosts: readonly string[]
  /**
   * Who answers for a host of a ServiceEntry, and nobody for a host that may pass (it is reached by its own name); null for every other.
   * @param pods that a `workloadSelector` may find, where they are others than the model's
   */
  compileEndpoints(host: string, pods?: readonly MeshWorkload[]): EndpointsSnapshot | null
  /** WorkloadEntries that serve a service of the registry beside its own endpoints, because its selector finds them. */
  extraEndpoints(host: string): readonly Endpoint[]
}

interface Kept {
  readonly outbound: Map<string, { readonly snapshot: OutboundSnapshot | null; readonly hosts: readonly string[] }>
  /** By workload; `labels` is what it was compiled for, as text. */
  readonly inbound: Map<string, { readonly snapshot: InboundSnapshot; readonly labels: string }>
  gateways: readonly GatewaySnapshot[] | null
}
interface Memory {
  readonly written: MeshModel
  readonly prepared: PreparedModel
  readonly kept: Kept
}
const memories = new WeakMap<Compiler, Memory>()

/**
 * @param model resources as `parseResources` returned them: without errors
 * @param before what was compiled from last; resources that are the same objects as there are known to be unchanged
 */
export function createCompiler(model: MeshModel, before?: Compiler): Compiler {
  const memory = before === undefined ? undefined : memories.get(before)
  const prepared = prepareModel(model, memory)
  const kept = memory === undefined ? emptyMemory() : keep(memory, prepared, changeBetween(memory.written, model))
  const compiler = compilerOf(prepared, kept)
  memories.set(compiler, { written: model, prepared, kept })
  return compiler
}

const emptyMemory = (): Kept => ({ outbound: new Map(), inbound: new Map(), gateways: null })

/** What the change does not touch. */
function keep({ prepared: before, kept }: Memory, after: PreparedModel, change: Change): Kept {
  const isTouched = touches(change, before, after)
  const outbound = [...kept.outbound].filter(([key, { hosts }]) => !isTouched(namespaceOf(key), hosts))
  return {
    outbound: new Map(outbound),
    inbound: touchesInbound(change) ? new Map() : kept.inbound,
    gateways: change === 'nothing' ? kept.gateways : null,
  }
}

const namespaceOf = (key: string): string => key.slice(0, key.indexOf(' '))

function compilerOf(model: PreparedModel, kept: Kept): Compiler {
  const { services, trustDomain } = model
  const hasEntries = model.of('WorkloadEntry').length > 0
  const outboundOf = (namespace: string, host: string): OutboundSnapshot | null => {
    const key = `${namespace} ${host}`
    const known = kept.outbound.get(key)
    if (known !== undefined) return known.snapshot
    const snapshot = compileOutbound(model, namespace, host)
    // A name that nobody has is not kept: whoever invents names must not fill the memory.
    if (snapshot !== null) kept.outbound.set(key, { snapshot, hosts: hostsOf(snapshot) })
    return snapshot
  }
  return {
    model,
    resolveHost(namespace, host) {
      const found = services.resolve(namespace, host)
      if (found !== null && outboundOf(namespace, found.host) !== null) return found.host
      const lower = host.toLowerCase()
      return outboundOf(namespace, lower) === null ? null : lower
    },
    compileOutbound: outboundOf,
    compileInbound(namespace, workload, labels, replicas = []) {
      const key = `${namespace} ${workload}`
      const written = JSON.stringify([labels, replicas])
      const known = kept.inbound.get(key)
      if (known?.labels === written) return known.snapshot
      const snapshot = compileInbound(model, namespace, workload, labels, replicas)
      kept.inbound.set(key, { snapshot, labels: written })
      return snapshot
    },
    compileGateways: () => (kept.gateways ??= compileGateways(model)),
    entryHosts: services.all.filter(({ entry }) => entry !== undefined).map(({ host }) => host),
    compileEndpoints(host, pods) {
      const service = services.find(host)
      const name = service?.entry?.source
      if (mayPass(model, host)) return { host, endpoints: [] }
      if (service === null || name === undefined) return null
      const entry = model.within('ServiceEntry', service.namespace).find((each) => each.name === name)
      if (entry === undefined) return null
      const workloads = pods === undefined ? model.workloads : new WorkloadIndex(model.of('WorkloadEntry'), pods)
      return endpointsOfEntry(entry, host, workloads, trustDomain)
    },
    extraEndpoints(host) {
      if (!hasEntries) return []
      const service = services.find(host)
      if (service === null || service.entry !== undefined) return []
      return endpointsForService(service, model.workloads, trustDomain)
    },
  }
}

/** Everything that a snapshot speaks of: its own host, and those that requests for it may go to. */
function hostsOf({ host, clusters, absent = [], viewsFor = [] }: OutboundSnapshot): string[] {
  const views = [{ clusters, absent }, ...viewsFor.flatMap(({ view }) => view ?? [])]
  const named = views.flatMap((view) => [
    ...Object.values(view.clusters).map((cluster) => cluster.host),
    ...(view.absent ?? []).map((name) => name.slice(name.lastIndexOf('|') + 1)),
  ])
  return [...new Set([host, ...named])]
}
