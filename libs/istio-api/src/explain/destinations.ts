/** Where a request goes: clusters under Istio's names, with who would answer and how they are spoken to. */
import type { Cluster, Mirror, WeightedDestination } from '@meshmart/mesh-policy'
import type { Explanation, ExplainedDestination } from './explanation.ts'
import type { ExplainedMesh } from './mesh.ts'
import { operationsOf } from './words.ts'

type Clusters = Readonly<Record<string, Cluster>>

interface ClusterParts {
  readonly direction: string
  readonly port: number
  readonly subset: string | null
  readonly host: string
}

export function explainDestinations(
  mesh: ExplainedMesh,
  destinations: readonly WeightedDestination[],
  clusters: Clusters,
): ExplainedDestination[] {
  return destinations.map(({ cluster, weight, headers }) => {
    const named = withoutAlias(mesh, cluster)
    const parts = partsOf(named)
    const compiled = clusters[cluster]
    return {
      host: parts?.host ?? null,
      subset: parts?.subset ?? null,
      port: parts?.port ?? null,
      // Ours names the host as well; Istio has one cluster for all of them.
      cluster: parts === null ? (named.split('|')[0] ?? named) : named,
      weight,
      endpoints: parts === null ? [] : endpointsOf(mesh, parts, compiled),
      headers: operationsOf(headers),
      tls: compiled?.tls ?? null,
    }
  })
}

export function explainMirrors(mesh: ExplainedMesh, mirrors: readonly Mirror[] | undefined): Explanation['mirror'] {
  if (mirrors === undefined || mirrors.length === 0) return null
  return mirrors.map(({ cluster, percentage }) => {
    const named = withoutAlias(mesh, cluster)
    const parts = partsOf(named)
    return {
      host: parts?.host ?? '',
      subset: parts?.subset ?? null,
      port: parts?.port ?? 0,
      cluster: named,
      percentage,
    }
  })
}

/** Null for `PassthroughCluster` and its like. */
function partsOf(cluster: string): ClusterParts | null {
  const [direction = '', port = '', subset = '', host] = cluster.split('|')
  if (direction !== 'outbound' || host === undefined) return null
  return { direction, port: Number(port), subset: subset === '' ? null : subset, host }
}

/** An ExternalName stands for the host that it names. */
function withoutAlias(mesh: ExplainedMesh, cluster: string): string {
  const parts = partsOf(cluster)
  const alias = mesh.aliases.find(({ service }) => service.host === parts?.host)
  return parts === null || alias === undefined
    ? cluster
    : `outbound|${parts.port}|${parts.subset ?? ''}|${alias.externalName}`
}

function endpointsOf(mesh: ExplainedMesh, { host, port }: ClusterParts, cluster: Cluster | undefined): string[] {
  const found = mesh.services.find(({ service }) => service.host === host)
  const wanted = Object.entries(cluster?.subsetLabels ?? {})
  return (found?.endpoints ?? []).flatMap(({ address, ports, labels }) => {
    const target = ports[String(port)]
    if (target === undefined || !wanted.every(([name, value]) => labels[name] === value)) return []
    return [address.includes(':') ? `[${address}]:${target}` : `${address}:${target}`]
  })
}
