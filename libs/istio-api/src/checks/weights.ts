import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

/** With several destinations somebody must get something. */
export function checkWeights(
  destinations: readonly { readonly weight?: number }[],
  path: FieldPath,
  findings: Findings,
): void {
  if (destinations.length < 2 || destinations.some(({ weight }) => (weight ?? 0) !== 0)) return
  findings.error([...path, 'route'], 'needs a weight above 0 for at least one of its destinations')
}
