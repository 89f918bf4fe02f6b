/**
 * What a sidecar remembers of the endpoints of one cluster. It outlives pickers: an endpoint update or an ejection replaces the picker, while
 * the counters of whoever stays go on. The request path changes the counters in place; only updates add or remove entries.
 */

export interface EndpointState {
  readonly instance: string
  /** In flight now; the request path counts it up and down. */
  activeRequests: number
  /** Consecutive answers of 5xx, and failures without an answer. */
  consecutive5xx: number
  health: EndpointHealth
  /** Milliseconds since 1970; counts while `ejected`. */
  ejectedUntil: number
  /** How often it was ejected lately: each time makes the next ejection longer, each healthy interval takes one back. */
  ejections: number
}
export type EndpointHealth = 'admitted' | 'ejected'

export class ClusterState {
  readonly #endpoints = new Map<string, EndpointState>()

  /** State of an instance, made at the first call. */
  of(instance: string): EndpointState {
    let state = this.#endpoints.get(instance)
    if (state === undefined) {
      state = { instance, activeRequests: 0, consecutive5xx: 0, health: 'admitted', ejectedUntil: 0, ejections: 0 }
      this.#endpoints.set(instance, state)
    }
    return state
  }

  /** Forgets whoever is gone. Requests still in flight there keep their own reference, so nothing is lost. */
  retain(instances: ReadonlySet<string>): void {
    for (const instance of this.#endpoints.keys()) if (!instances.has(instance)) this.#endpoints.delete(instance)
  }

  get size(): number {
    return this.#endpoints.size
  }

  values(): IterableIterator<EndpointState> {
    return this.#endpoints.values()
  }
}
