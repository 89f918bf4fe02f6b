import type { Findings } from '../problem.ts'
import type { DestinationRuleSpec, FieldPath, TrafficPolicySpec } from '../resource.ts'
import { checkDuration, checkHost } from './values.ts'

const TLS_MODES = new Set(['ISTIO_MUTUAL', 'DISABLE'])
export const LOAD_BALANCERS = ['LEAST_REQUEST', 'ROUND_ROBIN', 'RANDOM', 'PASSTHROUGH'] as const

/** What the schema cannot say about a DestinationRule: host, durations, percentages, what of TLS and balancing works here. */
export function checkDestinationRule(spec: DestinationRuleSpec, findings: Findings): void {
  checkHost(spec.host, ['spec', 'host'], findings, true)
  checkTrafficPolicy(spec.trafficPolicy, ['spec', 'trafficPolicy'], findings)
  const names = new Set<string>()
  for (const [index, subset] of (spec.subsets ?? []).entries()) {
    const path = ['spec', 'subsets', index]
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(subset.name)) {
      findings.error([...path, 'name'], `must be a name such as v1, is ${JSON.stringify(subset.name)}`)
    }
    if (names.has(subset.name)) findings.error([...path, 'name'], `must be unique, ${subset.name} is there twice`)
    names.add(subset.name)
    checkTrafficPolicy(subset.trafficPolicy, [...path, 'trafficPolicy'], findings)
  }
}

/** A subset's policy has the same fields that matter here. */
function checkTrafficPolicy(policy: TrafficPolicySpec | undefined, path: FieldPath, findings: Findings): void {
  if (policy === undefined) return
  checkDuration(
    policy.connectionPool?.tcp?.connectTimeout,
    [...path, 'connectionPool', 'tcp', 'connectTimeout'],
    findings,
    1,
  )
  const balancer = policy.loadBalancer?.simple
  if (balancer !== undefined && balancer !== 'UNSPECIFIED' && !LOAD_BALANCERS.some((known) => known === balancer)) {
    const wanted = LOAD_BALANCERS.join(', ')
    findings.error([...path, 'loadBalancer', 'simple'], `must be one of ${wanted}, is ${balancer}`)
  }
  const mode = policy.tls?.mode
  if (mode !== undefined && !TLS_MODES.has(mode)) {
    findings.error([...path, 'tls', 'mode'], `must be ISTIO_MUTUAL or DISABLE in this version, is ${mode}`)
  }
  const outlier = policy.outlierDetection
  if (outlier === undefined) return
  const place = [...path, 'outlierDetection']
  checkDuration(outlier.interval, [...place, 'interval'], findings, 1)
  checkDuration(outlier.baseEjectionTime, [...place, 'baseEjectionTime'], findings, 1)
  const percent = outlier.maxEjectionPercent
  if (percent !== undefined && (percent < 0 || percent > 100)) {
    findings.error([...place, 'maxEjectionPercent'], `must be between 0 and 100, is ${percent}`)
  }
}
