/** A ProxyConfig's own values. The kind is refused as a whole; what is wrong with it is said all the same. */
import type { Findings } from '../problem.ts'
import type { ProxyConfigResourceSpec } from '../resource.ts'
import { checkSelector } from './selectors.ts'
import { checkAtLeast } from './values.ts'

export function checkProxyConfig(spec: ProxyConfigResourceSpec, findings: Findings): void {
  checkSelector(spec.selector, ['spec', 'selector'], findings)
  checkAtLeast(spec.concurrency, 0, ['spec', 'concurrency'], findings)
}
