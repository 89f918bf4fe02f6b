/** `retries` of a route, and the default of the mesh. */
import { isRetryOnWord } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { FieldPath, HttpRetrySpec } from '../resource.ts'
import { checkAtLeast, checkDuration } from './values.ts'

export function checkRetries(retries: HttpRetrySpec, path: FieldPath, findings: Findings): void {
  checkAtLeast(retries.attempts, 0, [...path, 'attempts'], findings)
  const { perTryTimeout, retryOn, retryRemoteLocalities } = retries
  const wantsRetries = perTryTimeout !== undefined || (retryOn ?? '') !== '' || retryRemoteLocalities !== undefined
  // Istio reads a missing number as 0, which is "never".
  if ((retries.attempts ?? 0) === 0 && wantsRetries) {
    findings.error([...path, 'attempts'], 'must be 1 or more where anything else is said about retries')
  }
  checkDuration(perTryTimeout, [...path, 'perTryTimeout'], findings, 1)
  checkDuration(retries.backoff, [...path, 'backoff'], findings, 1)
  for (const word of retryOnWords(retryOn)) {
    if (isRetryOnWord(word)) continue
    findings.error(
      [...path, 'retryOn'],
      `has the unknown condition ${JSON.stringify(word)}; Envoy's are 5xx, gateway-error, reset, …`,
    )
  }
}

/** `5xx, reset,503` → its words. */
export function retryOnWords(retryOn: string | undefined): string[] {
  return (retryOn ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
