/** How one list of endpoints is balanced: the algorithms of `trafficPolicy.loadBalancer`, each over endpoints of one priority and locality. */
import type { ClusterState } from './cluster-state.ts'
import type { Excluded } from './excluded.ts'
import { HashChooser } from './picker-hash.ts'
import { LeastRequestChooser } from './picker-least-request.ts'
import { RandomChooser } from './picker-random.ts'
import { RoundRobinChooser } from './picker-round-robin.ts'
import type { Candidate } from './picker.ts'
import type { Cluster } from './snapshot.ts'

export interface Chooser {
  /** For a first try; null where there is nobody. @param hash unsigned 32-bit, null where there is none */
  choose(hash: number | null): Candidate | null
  /** For another try: null where everybody has been tried. */
  chooseOther(excluded: Excluded, hash: number | null): Candidate | null
}

/** @param isUsed false for whoever is ejected: only hashing needs to know those */
export function chooserOf(
  cluster: Cluster,
  members: readonly Candidate[],
  isUsed: (candidate: Candidate) => boolean,
  state: ClusterState,
  random: () => number,
): Chooser {
  const used = members.filter(isUsed)
  const { consistentHash } = cluster
  if (consistentHash !== undefined) {
    return new HashChooser(consistentHash, members, isUsed, state, new RandomChooser(used, random))
  }
  switch (cluster.loadBalancer) {
    case 'LEAST_REQUEST':
      return new LeastRequestChooser(used, random)
    case 'ROUND_ROBIN':
      return new RoundRobinChooser(used, random)
    // A caller here names a host and never an address, so that PASSTHROUGH has no original destination to keep to: any endpoint will do.
    case 'PASSTHROUGH':
    case 'RANDOM':
      return new RandomChooser(used, random)
  }
}
