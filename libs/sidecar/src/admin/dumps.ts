/** The longer answers of the admin listener: what the sidecar was told, whom it knows, what it shows. */
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import { poolKey } from '../outbound/endpoint-pool.ts'

export interface DumpParts {
  readonly clusters: ClusterRegistry
  readonly identity: WorkloadIdentity
  /** Snapshot by key, as it is in force. */
  readonly snapshots: { inForce(): ReadonlyMap<string, unknown> }
  /** Settings of the process: no secrets stand in them, only names of files. */
  readonly settings: Readonly<Record<string, unknown>>
}

export function configDump({ snapshots, settings }: DumpParts): object {
  const byKey = [...snapshots.inForce()].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { bootstrap: settings, snapshots: Object.fromEntries(byKey) }
}

export function clusterLines(clusters: ClusterRegistry): string {
  const lines: string[] = []
  for (const runtime of clusters.values()) {
    const { cluster } = runtime
    lines.push(
      `${cluster.name} ${cluster.loadBalancer} tls=${cluster.tls} endpoints=${runtime.endpoints.length} admitted=${runtime.picker.candidates.length}`,
    )
    for (const candidate of runtime.picker.candidates) {
      lines.push(
        `  ${candidate.endpoint.instance} ${poolKey(candidate)} active=${candidate.state.activeRequests} ${candidate.state.health}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

export function certificates({ spiffeId, svid }: WorkloadIdentity): object {
  const { notBefore, notAfter, certificateChain } = svid
  return { identity: spiffeId, notBefore, notAfter, certificateChain }
}
