/**
 * Which endpoints a caller takes first, and in which shares: `localityLbSetting` as Istio's control plane computes it for each proxy
 * (`pilot/pkg/networking/core/loadbalancer`). Here every reader computes it for itself, because one snapshot serves them all.
 */
import { localityDistance, localityMatches, parseLocality, type Locality } from './locality.ts'
import type { Reader } from './reader.ts'
import type { Cluster, Endpoint, LocalityPolicy } from './snapshot.ts'

/** Endpoints of one priority. */
export interface Level<T> {
  /** One, or with `distribute` one for each locality that gets a share. */
  readonly groups: readonly LevelGroup<T>[]
}
export interface LevelGroup<T> {
  readonly members: readonly T[]
  /** Relative to the other groups of the level. */
  readonly share: number
}

/** @returns best priority first; empty levels and endpoints that get nothing are left out */
export function levelsOf<T extends { readonly endpoint: Endpoint }>(
  cluster: Cluster,
  members: readonly T[],
  reader: Reader,
): Level<T>[] {
  const policy = cluster.locality
  if (members.length === 0) return []
  if (policy === undefined) return [{ groups: [{ members, share: 1 }] }]
  const here = parseLocality(reader.locality)
  if (policy.distribute !== undefined) {
    const rule = policy.distribute.find(({ from }) => localityMatches(here, from))
    return [{ groups: rule === undefined ? [{ members, share: 1 }] : distributed(members, rule.to) }]
  }
  // Without outlier detection nobody is ever unhealthy, and a lower priority would never be taken.
  if (cluster.outlierDetection === null) return [{ groups: [{ members, share: 1 }] }]
  const priorityOf = failoverPriority(policy, here, reader)
  const byPriority = Map.groupBy(members, ({ endpoint }) => priorityOf(endpoint))
  return [...byPriority]
    .sort(([a], [b]) => a - b)
    .map(([, level]): Level<T> => ({ groups: [{ members: level, share: 1 }] }))
}

/** The first entry of `to` that fits a locality gives it its share; one entry for several divides it among them by weight. */
function distributed<T extends { readonly endpoint: Endpoint }>(
  members: readonly T[],
  to: Readonly<Record<string, number>>,
): LevelGroup<T>[] {
  const rules = Object.keys(to)
  const byLocality = Map.groupBy(members, ({ endpoint }) => endpoint.locality)
  const byRule = Map.groupBy(byLocality, ([text]) => {
    const locality = parseLocality(text)
    return rules.find((rule) => localityMatches(locality, rule))
  })
  const groups: LevelGroup<T>[] = []
  for (const [rule, localities] of byRule) {
    const weight = rule === undefined ? 0 : (to[rule] ?? 0)
    if (weight === 0) continue
    const total = localities.reduce((sum, [, group]) => sum + weightOf(group), 0)
    for (const [, group] of localities) groups.push({ members: group, share: (weight * weightOf(group)) / total })
  }
  return groups
}

function weightOf(members: readonly { readonly endpoint: Endpoint }[]): number {
  return members.reduce((sum, { endpoint }) => sum + endpoint.weight, 0)
}

/** Istio knows five priorities of localities at most, 0 to 4. */
const LOCALITY_PRIORITIES = 5

function failoverPriority(policy: LocalityPolicy, here: Locality, reader: Reader): (endpoint: Endpoint) => number {
  const byLabels = labelPriority(policy.failoverPriority ?? [], labelsWithTopology(reader.labels, here))
  if ((policy.failoverPriority ?? []).length > 0 && (policy.failover ?? []).length === 0) return byLabels
  const target = policy.failover?.find(({ from }) => from === here.region)?.to
  return (endpoint) => {
    const there = parseLocality(endpoint.locality)
    const distance = localityDistance(here, there)
    const priority = distance === 3 && target !== undefined && there.region !== target ? 4 : distance
    return byLabels(endpoint) * LOCALITY_PRIORITIES + priority
  }
}

/** The more labels an endpoint shares with the caller, counted from the first, the better. `label=value` asks for that value instead. */
function labelPriority(
  entries: readonly string[],
  own: Readonly<Record<string, string>>,
): (endpoint: Endpoint) => number {
  const wanted = entries.map((entry): [string, string] => {
    const at = entry.indexOf('=')
    return at === -1 ? [entry, own[entry] ?? ''] : [entry.slice(0, at), entry.slice(at + 1)]
  })
  return (endpoint) => {
    const labels = labelsWithTopology(endpoint.labels, parseLocality(endpoint.locality))
    const differs = wanted.findIndex(([label, value]) => (labels[label] ?? '') !== value)
    return differs === -1 ? 0 : wanted.length - differs
  }
}

/** The topology labels that Istio gives every endpoint. */
function labelsWithTopology(
  labels: Readonly<Record<string, string>>,
  { region, zone, subzone }: Locality,
): Readonly<Record<string, string>> {
  return {
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone,
    'topology.istio.io/subzone': subzone,
    ...labels,
  }
}
