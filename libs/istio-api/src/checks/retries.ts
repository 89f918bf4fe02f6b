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
  checkDuration(perTryTimeout, [...path, 'perTryTimeout'], findings)
  checkDuration(retries.backoff, [...path, 'backoff'], findings)
  for (const word of (retryOn ?? '') === '' ? [] : (retryOn ?? '').split(',')) {
    const place = [...path, 'retryOn']
    const is = `has the unknown condition ${JSON.stringify(word)}; Envoy's are 5xx, gateway-error, reset, …`
    if (word !== word.trim())
      findings.error(place, `must have no blanks between its words, has ${JSON.stringify(word)}`)
    else if (!isRetryOnWord(word) || (isNumber(word) && !STATUSES.has(Number(word)))) findings.error(place, is)
  }
}

const isNumber = (word: string): boolean => /^\d+$/.test(word)
/** Those that have a name (IANA's registry, as Go knows it); others are a slip of the finger. */
const STATUSES: ReadonlySet<number> = new Set(
  [100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308].concat(
    [400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424],
    [425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
  ),
)

/** `5xx, reset,503` → its words. */
export function retryOnWords(retryOn: string | undefined): string[] {
  return (retryOn ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
