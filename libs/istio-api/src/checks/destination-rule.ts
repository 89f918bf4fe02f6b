/** What the schema cannot say about a DestinationRule: host, names of subsets, selectors; the policies' values stand beside this file. */
import type { DestinationRuleSpec, TrafficPolicySpec } from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkPortPolicy } from './traffic-policy.ts'
import { checkAtLeast, checkHost, checkLabels, checkPercentage, checkPort } from './values.ts'

export function checkDestinationRule(spec: DestinationRuleSpec, findings: Findings): void {
  checkHost(spec.host, ['spec', 'host'], findings, true)
  checkLabels(spec.workloadSelector?.matchLabels, ['spec', 'workloadSelector', 'matchLabels'], findings)
  checkTrafficPolicy(spec.trafficPolicy, ['spec', 'trafficPolicy'], findings)
  const names = new Set<string>()
  for (const [index, subset] of (spec.subsets ?? []).entries()) {
    const path = ['spec', 'subsets', index]
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(subset.name)) {
      findings.error([...path, 'name'], `must be a name such as v1, is ${JSON.stringify(subset.name)}`)
    }
    if (names.has(subset.name)) findings.error([...path, 'name'], `must be unique, ${subset.name} is there twice`)
    names.add(subset.name)
    checkLabels(subset.labels, [...path, 'labels'], findings)
    checkTrafficPolicy(subset.trafficPolicy, [...path, 'trafficPolicy'], findings)
  }
}

function checkTrafficPolicy(policy: TrafficPolicySpec | undefined, path: FieldPath, findings: Findings): void {
  if (policy === undefined) return
  checkPortPolicy(policy, path, findings)
  checkPercentage(policy.retryBudget?.percent, [...path, 'retryBudget', 'percent'], findings)
  checkAtLeast(policy.retryBudget?.minRetryConcurrency, 0, [...path, 'retryBudget', 'minRetryConcurrency'], findings)
  const seen = new Set<number>()
  for (const [index, settings] of (policy.portLevelSettings ?? []).entries()) {
    const place = [...path, 'portLevelSettings', index]
    const port = settings.port?.number
    if (port === undefined) findings.error([...place, 'port'], 'needs the number of a port')
    checkPort(port, [...place, 'port', 'number'], findings)
    if (port !== undefined && seen.has(port))
      findings.error([...place, 'port'], `must be unique, ${port} is there twice`)
    if (port !== undefined) seen.add(port)
    checkPortPolicy(settings, place, findings)
  }
}
