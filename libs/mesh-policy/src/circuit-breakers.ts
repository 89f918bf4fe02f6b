/**
 * How much one cluster may have at once: connections, requests that wait for one, requests, retries. Whoever comes on top is refused at
 * once (503, flag UO), so that a slow service does not fill its callers. One per cluster and process, as Envoy's are per cluster and proxy.
 * Source: Envoy's circuit breakers; `connectionPool` and `retryBudget` of Istio's DestinationRule.
 */
import { DEFAULT_RETRY_BUDGET, retryAllowance } from './retry-pace.ts'
import type { Cluster, RetryBudget } from './snapshot.ts'

type Limits = Pick<Cluster, 'connectionPool' | 'retryBudget'>

export class CircuitBreakers {
  /** Infinity is no limit. */
  maxConnections = Infinity
  maxPending = Infinity
  maxRequests = Infinity
  connections = 0
  pending = 0
  /** Under way from the beginning of their try, also while they wait for a connection (Envoy counts those as pending only). */
  requests = 0
  retries = 0
  #maxRetries: number | null = null
  #budget: RetryBudget = DEFAULT_RETRY_BUDGET

  constructor(cluster: Limits) {
    this.configure(cluster)
  }

  /** New limits; what is under way stays counted. */
  configure({ connectionPool, retryBudget }: Limits): void {
    this.maxConnections = connectionPool?.maxConnections ?? Infinity
    this.maxPending = connectionPool?.maxPendingRequests ?? Infinity
    this.maxRequests = connectionPool?.maxRequests ?? Infinity
    this.#maxRetries = connectionPool?.maxRetries ?? null
    this.#budget = retryBudget ?? DEFAULT_RETRY_BUDGET
  }

  /** How many retries may be in flight now. */
  get maxRetries(): number {
    return this.#maxRetries ?? retryAllowance(this.#budget, this.requests)
  }

  /** @param ofPool connections that the endpoint's pool has: one is always allowed, or that endpoint could never be reached */
  mayConnect(ofPool: number): boolean {
    return ofPool === 0 || this.connections < this.maxConnections
  }
  connectionOpened(): void {
    this.connections++
  }
  connectionClosed(): void {
    this.connections--
  }

  mayWait(): boolean {
    return this.pending < this.maxPending
  }
  waitBegan(): void {
    this.pending++
  }
  waitEnded(): void {
    this.pending--
  }

  mayStartRequest(): boolean {
    return this.requests < this.maxRequests
  }
  requestStarted(): void {
    this.requests++
  }
  requestEnded(): void {
    this.requests--
  }

  /** A retry counts from the decision on, its back-off included, until its outcome is known. */
  mayRetry(): boolean {
    return this.retries < this.maxRetries
  }
  retryStarted(): void {
    this.retries++
  }
  retryEnded(): void {
    this.retries--
  }
}
