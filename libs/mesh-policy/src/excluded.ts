/** Endpoints that this request has already tried: null for the first try, so that the common case costs one comparison. */
import type { PreparedRetryPolicy } from './retry.ts'

export interface Excluded {
  /** In the order of the tries; never empty. */
  readonly instances: readonly string[]
  /** How many tries there were; `instances` may remember fewer. */
  readonly tries: number
  /** `retryRemoteLocalities`: from the third try on, other priorities come first. */
  readonly remoteLocalities: boolean
}

/** What the next try keeps away from. With `ignorePreviousHosts` off, as Envoy without its predicate, only the last one: safer than Envoy, which may hit it again. */
export function alsoExcluded(
  policy: Pick<PreparedRetryPolicy, 'ignorePreviousHosts' | 'remoteLocalities'>,
  before: Excluded | null,
  instance: string,
): Excluded {
  const instances = policy.ignorePreviousHosts && before !== null ? [...before.instances, instance] : [instance]
  return { instances, tries: (before?.tries ?? 0) + 1, remoteLocalities: policy.remoteLocalities }
}

export function isExcluded(excluded: Excluded, instance: string): boolean {
  for (const tried of excluded.instances) if (tried === instance) return true
  return false
}
