/** Workloads that are endpoints because a selector finds them: WorkloadEntries, and the pods that the registry knows. */
import type { ResourceOf, WorkloadEntrySpec } from '../resource.ts'

export type Labels = Readonly<Record<string, string>>

/** A pod, as whoever runs it tells the compiler. */
export interface MeshWorkload {
  readonly name: string
  readonly namespace: string
  readonly address: string
  readonly labels: Labels
  /** SPIFFE id that it proves; empty where it has no sidecar. */
  readonly identity: string
  /** `region/zone/subzone`, may be empty. */
  readonly locality: string
  readonly weight: number
  /** Port that a service names → port on `address`, where the workload says so itself. */
  readonly ports?: Readonly<Record<string, number>>
}

export interface EntryWorkload {
  readonly name: string
  readonly namespace: string
  readonly spec: WorkloadEntrySpec
}

/** By namespace: a selector never reaches further. */
export class WorkloadIndex {
  readonly #entries: ReadonlyMap<string, readonly EntryWorkload[]>
  readonly #pods: ReadonlyMap<string, readonly MeshWorkload[]>

  constructor(entries: readonly ResourceOf<'WorkloadEntry'>[], pods: readonly MeshWorkload[]) {
    this.#entries = Map.groupBy(entries.map(withLabels), ({ namespace }) => namespace)
    this.#pods = Map.groupBy(pods, ({ namespace }) => namespace)
  }

  /** WorkloadEntries of a namespace that carry the labels; an empty selector selects nobody. */
  entries(namespace: string, selector: Labels | undefined): readonly EntryWorkload[] {
    if (Object.keys(selector ?? {}).length === 0) return []
    return (this.#entries.get(namespace) ?? []).filter(({ spec }) => carries(spec.labels ?? {}, selector))
  }

  pods(namespace: string, selector: Labels | undefined): readonly MeshWorkload[] {
    if (Object.keys(selector ?? {}).length === 0) return []
    return (this.#pods.get(namespace) ?? []).filter(({ labels }) => carries(labels, selector))
  }
}

/** Labels of the metadata go before those of the spec, as in Istio. */
function withLabels({ name, namespace, labels, spec }: ResourceOf<'WorkloadEntry'>): EntryWorkload {
  return { name, namespace, spec: { ...spec, labels: { ...spec.labels, ...labels } } }
}

export function carries(labels: Labels, wanted: Labels | undefined): boolean {
  for (const name in wanted) if (labels[name] !== wanted[name]) return false
  return true
}
