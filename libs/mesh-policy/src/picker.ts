/**
 * Which endpoint a request goes to. A picker is immutable and holds only endpoints that may be chosen: subset, port and ejections are decided
 * when it is built, and an update builds a new one. `pick` allocates nothing. Weights count as in Envoy: twice the weight, twice the traffic.
 */
import type { ClusterState, EndpointState } from './cluster-state.ts'
import type { Cluster, Endpoint } from './snapshot.ts'
import { interleaveByWeight } from './weighted-schedule.ts'

/** An endpoint that may be chosen, with the port that serves the cluster and what is remembered of it. */
export interface Candidate {
  readonly endpoint: Endpoint
  /** Port on `endpoint.address`. */
  readonly port: number
  readonly state: EndpointState
}

export interface Picker {
  readonly candidates: readonly Candidate[]
  /**
   * @param exclude instance that the last try went to: not chosen again while there is another
   * @returns null where no endpoint is healthy: then the answer is 503 with flag UH
   */
  pick(exclude: string | null): Candidate | null
}

/**
 * @param endpoints all of the cluster's host; those of another subset, without the port, of weight 0 or ejected are left out
 * @param random source of numbers in [0, 1)
 */
export function buildPicker(
  cluster: Cluster,
  endpoints: readonly Endpoint[],
  state: ClusterState,
  random: () => number,
): Picker {
  const all = endpointsOfCluster(cluster, endpoints).map((endpoint): Candidate => {
    return { endpoint, port: endpoint.ports[String(cluster.port)] ?? 0, state: state.of(endpoint.instance) }
  })
  const admitted = all.filter((candidate) => candidate.state.health === 'admitted')
  const picker = pickerOf(cluster, admitted, random)
  if (admitted.length !== 1 || all.length === 1) return picker
  return new PickerWithSpare(
    picker,
    new RandomPicker(
      all.filter((candidate) => candidate.state.health === 'ejected'),
      random,
    ),
  )
}

function pickerOf(cluster: Cluster, candidates: readonly Candidate[], random: () => number): Picker {
  switch (cluster.loadBalancer) {
    case 'LEAST_REQUEST':
      return new LeastRequestPicker(candidates, random)
    case 'ROUND_ROBIN':
      return new RoundRobinPicker(candidates, random)
    // A caller here names a host and never an address, so that PASSTHROUGH has no original destination to keep to: any endpoint will do.
    case 'PASSTHROUGH':
    case 'RANDOM':
      return new RandomPicker(candidates, random)
  }
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

/** With one endpoint left, a second try goes to one that was ejected a while ago rather than to the one that failed just now. */
class PickerWithSpare implements Picker {
  readonly candidates: readonly Candidate[]
  readonly #only: Picker
  readonly #ejected: Picker

  constructor(only: Picker, ejected: Picker) {
    this.candidates = only.candidates
    this.#only = only
    this.#ejected = ejected
  }

  pick(exclude: string | null): Candidate | null {
    const chosen = this.#only.pick(exclude)
    return chosen !== null && chosen.endpoint.instance === exclude ? (this.#ejected.pick(null) ?? chosen) : chosen
  }
}

class RandomPicker implements Picker {
  readonly candidates: readonly Candidate[]
  readonly #wheel: WeightedWheel

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.candidates = candidates
    this.#wheel = new WeightedWheel(candidates, random)
  }

  pick(exclude: string | null): Candidate | null {
    return this.#wheel.spin(exclude)
  }
}

/** Two random choices, the less loaded one wins: close to the best choice, without a herd on the endpoint that looks idle. */
class LeastRequestPicker implements Picker {
  readonly candidates: readonly Candidate[]
  readonly #wheel: WeightedWheel

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.candidates = candidates
    this.#wheel = new WeightedWheel(candidates, random)
  }

  pick(exclude: string | null): Candidate | null {
    const first = this.#wheel.spin(exclude)
    if (first === null) return null
    const second = this.#wheel.spin(first.endpoint.instance)
    if (second === null || second.endpoint.instance === exclude) return first
    return loadOf(second) < loadOf(first) ? second : first
  }
}

function loadOf(candidate: Candidate): number {
  return candidate.state.activeRequests / candidate.endpoint.weight
}

class RoundRobinPicker implements Picker {
  readonly candidates: readonly Candidate[]
  readonly #schedule: readonly Candidate[]
  #next: number

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.candidates = candidates
    this.#schedule = interleaveByWeight(candidates, (candidate) => candidate.endpoint.weight)
    // A random start keeps many callers that got the same update from all beginning with the same endpoint.
    this.#next = Math.floor(random() * this.#schedule.length)
  }

  pick(exclude: string | null): Candidate | null {
    let chosen: Candidate | null = null
    for (let step = 0; step < this.#schedule.length; step++) {
      chosen = this.#schedule[this.#next] ?? null
      this.#next = (this.#next + 1) % this.#schedule.length
      if (chosen !== null && chosen.endpoint.instance !== exclude) return chosen
    }
    return chosen
  }
}

/** A random choice in proportion to weight. */
class WeightedWheel {
  readonly #candidates: readonly Candidate[]
  readonly #random: () => number
  readonly #total: number
  readonly #evenly: boolean

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.#candidates = candidates
    this.#random = random
    this.#total = candidates.reduce((sum, candidate) => sum + candidate.endpoint.weight, 0)
    this.#evenly = candidates.every((candidate) => candidate.endpoint.weight === candidates[0]?.endpoint.weight)
  }

  spin(exclude: string | null): Candidate | null {
    const index = this.#evenly ? Math.floor(this.#random() * this.#candidates.length) : this.#weightedIndex()
    const chosen = this.#candidates[index]
    if (chosen === undefined) return null
    if (chosen.endpoint.instance !== exclude) return chosen
    // Its neighbour takes over: retries are rare, and one step is cheaper than a second wheel without the excluded one.
    return this.#candidates[(index + 1) % this.#candidates.length] ?? chosen
  }

  #weightedIndex(): number {
    let rest = this.#random() * this.#total
    for (let index = 0; index < this.#candidates.length; index++) {
      rest -= this.#candidates[index]?.endpoint.weight ?? 0
      if (rest < 0) return index
    }
    return this.#candidates.length - 1
  }
}
