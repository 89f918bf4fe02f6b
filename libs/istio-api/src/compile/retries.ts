import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@meshmart/mesh-policy'
import { retryOnWords } from '../checks/retries.ts'
import { durationOr } from '../duration.ts'
import type { HttpRetrySpec } from '../resource.ts'

/** `retries` of a route. Written without a number of attempts it means none, as in Istio. */
export function compileRetries(written: HttpRetrySpec | undefined, whenMissing: RetryPolicy): RetryPolicy {
  if (written === undefined) return whenMissing
  const words = retryOnWords(written.retryOn)
  const { backoff, retryIgnorePreviousHosts, retryRemoteLocalities } = written
  return {
    attempts: written.attempts ?? 0,
    perTryTimeoutMs: durationOr(written.perTryTimeout, 0),
    retryOn: words.length === 0 ? DEFAULT_RETRY_POLICY.retryOn : words,
    ...(backoff !== undefined && { backoffMs: durationOr(backoff, 0) }),
    ...(retryIgnorePreviousHosts !== undefined && { ignorePreviousHosts: retryIgnorePreviousHosts }),
    ...(retryRemoteLocalities !== undefined && { remoteLocalities: retryRemoteLocalities }),
  }
}
