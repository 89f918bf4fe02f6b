/**
 * Which endpoint a request goes to. A picker is immutable and holds only endpoints that may be chosen: subset, port, ejections, priorities and
 * weights are decided when it is built, and an update builds a new one. `pick` allocates nothing. Weights count as in Envoy: twice the weight,
 * twice the traffic.
 */
import type { ClusterState, EndpointState } from './cluster-state.ts'
import type { Excluded } from './excluded.ts'
import { levelsOf, type Level } from './locality-levels.ts'
import { chooserOf } from './picker-chooser.ts'
import { LocalityChooser } from './picker-locality.ts'
import { PriorityPicker, type PickerLevel } from './picker-priority.ts'
import { availability, priorityLoads } from './priority-load.ts'
import type { Reader } from './reader.ts'
import { weightNow } from './slow-start.ts'
import type { Cluster, Endpoint } from './snapshot.ts'

/** An endpoint that may be chosen, with the port that serves the cluster and what is remembered of it. */
export interface Candidate {
  readonly endpoint: Endpoint
  /** Port on `endpoint.address`. */
  readonly port: number
  readonly state: EndpointState
  /** Of the endpoint, less while it is warming up. */
  readonly weight: number
}

export interface Picker {
  /** Whoever a first try may go to, best priority first. */
  readonly candidates: readonly Candidate[]
  /** Too few are healthy for ejections to be believed: some that are ejected are used all the same. */
  readonly panic: boolean
  /**
   * @param excluded whoever this request has tried: not chosen again while there is another; null for the first try
   * @param hash of the request's key, unsigned 32-bit; null where it has none, or the cluster does not hash
   * @returns null where no endpoint is healthy: then the answer is 503 with flag UH
   */
  pick(excluded: Excluded | null, hash: number | null): Candidate | null
}

export interface PickerContext {
  /** Source of numbers in [0, 1). */
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly now: number
  readonly reader: Reader
}

/** @param endpoints all of the cluster's host; those of another subset, without the port or of weight 0 are left out */
export function buildPicker(
  cluster: Cluster,
  endpoints: readonly Endpoint[],
  state: ClusterState,
  context: PickerContext,
): Picker {
  const all = endpointsOfCluster(cluster, endpoints).map((endpoint): Candidate => {
    return {
      endpoint,
      port: endpoint.ports[String(cluster.port)] ?? 0,
      state: state.of(endpoint.instance),
      weight: weightNow(cluster, endpoint, context.now),
    }
  })
  const levels = levelsOf(cluster, all, context.reader)
  const loads = priorityLoads(levels.map(healthOf), cluster.outlierDetection?.minHealthPercent ?? 0)
  return new PriorityPicker(
    levels.map((level, index) => {
      const { percent = 0, panic = false } = loads[index] ?? {}
      return pickerLevel(cluster, level, percent, panic, state, context.random)
    }),
    context.random,
  )
}

/** Endpoints that belong to a cluster: right port, every label of the subset, a weight above 0. Outlier detection counts these as hosts. */
export function endpointsOfCluster(cluster: Cluster, endpoints: readonly Endpoint[]): Endpoint[] {
  const labels = Object.entries(cluster.subsetLabels)
  return endpoints.filter(
    (endpoint) =>
      endpoint.weight > 0 &&
      endpoint.ports[String(cluster.port)] !== undefined &&
      labels.every(([name, value]) => endpoint.labels[name] === value),
  )
}

function pickerLevel(
  cluster: Cluster,
  level: Level<Candidate>,
  percent: number,
  panic: boolean,
  state: ClusterState,
  random: () => number,
): PickerLevel {
  const members = level.groups.flatMap((group) => group.members)
  const isUsed = (candidate: Candidate): boolean => panic || isAdmitted(candidate)
  const candidates = members.filter(isUsed)
  const spare = members.filter((candidate) => !isUsed(candidate))
  const { consistentHash } = cluster
  // In panic a level forgets its localities, as Envoy's does; and one ring serves all of them, with their shares as weights.
  const groups = panic ? [{ members, share: 1 }] : level.groups
  const shares = groups.map((group) => group.share * availability(healthOf({ groups: [group] })))
  const chooser =
    consistentHash === undefined && groups.length > 1
      ? new LocalityChooser(
          groups.map((group) => chooserOf(cluster, group.members, isUsed, state, random)),
          shares,
          random,
        )
      : chooserOf(cluster, weighted(groups), isUsed, state, random)
  return { percent, panic, candidates, spare, chooser }
}

/** Members of several localities with the shares of these in their weights. */
function weighted(groups: Level<Candidate>['groups']): readonly Candidate[] {
  const [only] = groups
  if (groups.length === 1 && only !== undefined) return only.members
  return groups.flatMap(({ members, share }) => {
    const total = members.reduce((sum, { weight }) => sum + weight, 0)
    return members.map((candidate) => ({ ...candidate, weight: (candidate.weight * share) / total }))
  })
}

function healthOf({ groups }: Level<Candidate>): { hosts: number; healthy: number } {
  const members = groups.flatMap((group) => group.members)
  return { hosts: members.length, healthy: members.filter(isAdmitted).length }
}

function isAdmitted({ state }: Candidate): boolean {
  return state.health === 'admitted'
}
