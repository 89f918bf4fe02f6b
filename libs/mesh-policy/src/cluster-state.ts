/**
 * What a sidecar remembers of the endpoints of one cluster. It outlives pickers: an endpoint update or an ejection replaces the picker, while
 * the counters of whoever stays go on. The request path changes the counters in place; only updates add or remove entries.
 */
import { HashTables } from './hash-table.ts'

export interface EndpointState {
  readonly instance: string
  /** In flight now; the request path counts it up and down. */
  activeRequests: number
  health: EndpointHealth
  /** Milliseconds since 1970; counts while `ejected`. */
  ejectedUntil: number
  /** Why it was ejected the last time; null where it never was. */
  ejectedFor: EjectionCause | null
  /** How often it was ejected lately: each time makes the next ejection longer, each healthy interval takes one back. */
  ejections: number
  /** Consecutive answers of 5xx, and failures without an answer unless these are counted apart. */
  consecutive5xx: number
  /** The same, of 502, 503 and 504 only. */
  consecutiveGatewayErrors: number
  /** Consecutive failures without an answer, where these are counted apart. */
  consecutiveLocalOriginFailures: number
  /** In this interval: tries that count, and how many of them went well. */
  requests: number
  successes: number
  /** The same for whether there was an answer at all, where that is counted apart. */
  localOriginRequests: number
  localOriginSuccesses: number
}
export type EndpointHealth = 'admitted' | 'ejected'

/** Envoy's ejection types. */
export type EjectionCause =
  | 'consecutive-5xx'
  | 'consecutive-gateway-failure'
  | 'consecutive-local-origin-failure'
  | 'success-rate'
  | 'success-rate-local-origin'

export class ClusterState {
  readonly hashTables = new HashTables()
  readonly #endpoints = new Map<string, EndpointState>()

  /** State of an instance, made at the first call. */
  of(instance: string): EndpointState {
    let state = this.#endpoints.get(instance)
    if (state === undefined) {
      state = {
        instance,
        activeRequests: 0,
        health: 'admitted',
        ejectedUntil: 0,
        ejectedFor: null,
        ejections: 0,
        consecutive5xx: 0,
        consecutiveGatewayErrors: 0,
        consecutiveLocalOriginFailures: 0,
        requests: 0,
        successes: 0,
        localOriginRequests: 0,
        localOriginSuccesses: 0,
      }
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
