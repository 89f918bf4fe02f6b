/**
 * Whether a try that failed is tried again. Envoy's `retryOn` words say which failures an operator wants retried; on top of that stands our
 * own rule, which Istio lacks: a request is repeated only if that cannot do a thing twice. That is the case where nothing of it reached the
 * peer, where its method is idempotent (RFC 9110, 9.2.2), or where it carries an `Idempotency-Key`.
 */
import { RETRY_BASE_INTERVAL_MS } from './retry-pace.ts'
import type { RetryPolicy } from './snapshot.ts'

/** Istio's default for every route without `retries`: two further tries, for failures before the service did anything. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 2,
  perTryTimeoutMs: 0,
  retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
}

/** How one try ended. `requestSent`: at least one byte of the request may have reached the peer. */
export interface TryOutcome {
  readonly kind:
    | 'response'
    | 'connect-failure'
    | 'refused-stream'
    | 'reset'
    | 'per-try-timeout'
    /** What came was not HTTP: as a reset, for the connection was cut. */
    | 'protocol-error'
    /** A limit of the caller's own: another try would only add to it. */
    | 'overflow'
  /** 0 where there was no response. */
  readonly status: number
  /** `grpc-status` of the response, -1 where it has none. */
  readonly grpcStatus: number
  readonly requestSent: boolean
  /** The response carried `x-envoy-ratelimited`: whoever sent it asks not to be asked again. */
  readonly rateLimited?: boolean
}

export interface RepeatableRequest {
  readonly method: string
  readonly hasIdempotencyKey: boolean
}

/** A policy with its words looked up; made by `prepareRetryPolicy`. */
export interface PreparedRetryPolicy {
  readonly attempts: number
  readonly perTryTimeoutMs: number
  readonly backoffMs: number
  readonly ignorePreviousHosts: boolean
  readonly remoteLocalities: boolean
  readonly on: ReadonlySet<RetryWord>
  readonly statuses: ReadonlySet<number>
  readonly grpcStatuses: ReadonlySet<number>
}

const RETRY_WORDS = [
  'connect-failure',
  'refused-stream',
  'reset',
  'reset-before-request',
  '5xx',
  'gateway-error',
  'retriable-4xx',
  'envoy-ratelimited',
  // Stands for the plain numbers, which work by themselves.
  'retriable-status-codes',
  // Envoy's, and without effect: nothing here speaks HTTP/3, and Istio has no field for the headers that would be retriable.
  'http3-post-connect-failure',
  'retriable-headers',
] as const
export type RetryWord = (typeof RETRY_WORDS)[number]

const GRPC_WORDS: Readonly<Record<string, number>> = {
  cancelled: 1,
  'deadline-exceeded': 4,
  'resource-exhausted': 8,
  internal: 13,
  unavailable: 14,
}

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** True for a word that `retryOn` may contain here: one of Envoy's, or a status as a plain number. */
export function isRetryOnWord(word: string): boolean {
  return RETRY_WORDS.some((known) => known === word) || Object.hasOwn(GRPC_WORDS, word) || isStatus(word)
}

/** @throws RangeError that names a word which is none of Envoy's */
export function prepareRetryPolicy(policy: RetryPolicy): PreparedRetryPolicy {
  const unknown = policy.retryOn.find((word) => !isRetryOnWord(word))
  if (unknown !== undefined) throw new RangeError(`retryOn: ${JSON.stringify(unknown)} is not one of Envoy's words`)
  return {
    attempts: policy.attempts,
    perTryTimeoutMs: policy.perTryTimeoutMs,
    backoffMs: policy.backoffMs ?? RETRY_BASE_INTERVAL_MS,
    ignorePreviousHosts: policy.ignorePreviousHosts ?? true,
    remoteLocalities: policy.remoteLocalities ?? false,
    on: new Set(RETRY_WORDS.filter((word) => policy.retryOn.includes(word))),
    statuses: new Set(policy.retryOn.filter(isStatus).map(Number)),
    grpcStatuses: new Set(policy.retryOn.flatMap((word) => GRPC_WORDS[word] ?? [])),
  }
}

/** Whether this failure may be tried again. How many tries are left, the deadline and the budget are asked apart. */
export function isRetriable(policy: PreparedRetryPolicy, outcome: TryOutcome, request: RepeatableRequest): boolean {
  return isWanted(policy, outcome) && isSafeToRepeat(outcome, request)
}

export function isSafeToRepeat(outcome: TryOutcome, request: RepeatableRequest): boolean {
  return !outcome.requestSent || request.hasIdempotencyKey || IDEMPOTENT_METHODS.has(request.method)
}

function isWanted(policy: PreparedRetryPolicy, outcome: TryOutcome): boolean {
  const { on } = policy
  if (outcome.kind === 'overflow') return false
  if (outcome.kind === 'response') {
    const { status } = outcome
    if (outcome.rateLimited === true) return on.has('envoy-ratelimited')
    if (status >= 500 && on.has('5xx')) return true
    if (status >= 502 && status <= 504 && on.has('gateway-error')) return true
    if (status === 409 && on.has('retriable-4xx')) return true
    return policy.statuses.has(status) || policy.grpcStatuses.has(outcome.grpcStatus)
  }
  if (on.has('5xx') || on.has('gateway-error') || on.has('reset')) return true
  if (!outcome.requestSent && on.has('reset-before-request')) return true
  if (outcome.kind === 'connect-failure') return on.has('connect-failure')
  return outcome.kind === 'refused-stream' && on.has('refused-stream')
}

function isStatus(word: string): boolean {
  return /^[1-5][0-9]{2}$/.test(word)
}
