/** The blocks of a traffic policy that a rule, a subset and a port may each have: pool, balancing, outliers, TLS. */
import type {
  ConsistentHashSpec,
  LoadBalancerSpec,
  OutlierDetectionSpec,
  PortPolicySpec,
} from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkClientTls } from './client-tls.ts'
import { checkConnectionPool } from './connection-pool.ts'
import { adviseOutlierDetection, checkLocalitySetting, checkZoneAware } from './locality.ts'
import { checkAtLeast, checkBetween, checkDuration, HEADER_NAME } from './values.ts'

/** Envoy's, which are a limit of ours as well: a table is built for every snapshot. */
const MAX_RING_SIZE = 8_388_608
const MAX_MAGLEV_TABLE = 5_000_011

/** @param namespace of the rule */
export function checkPortPolicy(policy: PortPolicySpec, path: FieldPath, namespace: string, findings: Findings): void {
  const { connectionPool, loadBalancer, outlierDetection, tls } = policy
  checkConnectionPool(connectionPool, [...path, 'connectionPool'], findings)
  checkLoadBalancer(loadBalancer, [...path, 'loadBalancer'], findings)
  const { localityLbSetting, zoneAwareLbSetting } = loadBalancer ?? {}
  for (const [field, setting] of Object.entries({ localityLbSetting, zoneAwareLbSetting })) {
    if (setting === undefined) continue
    const place = [...path, 'loadBalancer', field]
    if (field === 'localityLbSetting') checkLocalitySetting(setting, place, findings)
    else checkZoneAware(setting, place, findings)
    if (outlierDetection === undefined) adviseOutlierDetection(setting, place, findings)
  }
  checkOutlierDetection(outlierDetection, [...path, 'outlierDetection'], findings)
  checkClientTls(tls, [...path, 'tls'], namespace, findings)
}

function checkLoadBalancer(balancer: LoadBalancerSpec | undefined, path: FieldPath, findings: Findings): void {
  if (balancer === undefined) return
  const { consistentHash, localityLbSetting, zoneAwareLbSetting, backendUtilization } = balancer
  if (consistentHash !== undefined) checkConsistentHash(consistentHash, [...path, 'consistentHash'], findings)
  if (backendUtilization !== undefined && (consistentHash ?? balancer.simple) !== undefined) {
    findings.error([...path, 'backendUtilization'], 'must not stand beside simple or consistentHash')
  }
  if (localityLbSetting !== undefined && zoneAwareLbSetting !== undefined) {
    findings.error([...path, 'zoneAwareLbSetting'], 'must not stand beside localityLbSetting')
  }
  checkWarmup(balancer, path, findings)
}

function checkWarmup(balancer: LoadBalancerSpec, path: FieldPath, findings: Findings): void {
  const { simple, consistentHash, warmup, warmupDurationSecs } = balancer
  checkDuration(warmup?.duration, [...path, 'warmup', 'duration'], findings)
  checkDuration(warmupDurationSecs, [...path, 'warmupDurationSecs'], findings)
  checkBetween(warmup?.minimumPercent, 0, 100, [...path, 'warmup', 'minimumPercent'], findings)
  if (warmup?.aggression !== undefined && warmup.aggression <= 0) {
    findings.error([...path, 'warmup', 'aggression'], `must be above 0, is ${warmup.aggression}`)
  }
  const ramps = consistentHash === undefined && simple !== 'RANDOM' && simple !== 'PASSTHROUGH'
  if (ramps || (warmup === undefined && warmupDurationSecs === undefined)) return
  findings.warning(
    [...path, warmup === undefined ? 'warmupDurationSecs' : 'warmup'],
    'has an effect only with LEAST_REQUEST or ROUND_ROBIN',
  )
}

function checkConsistentHash(hash: ConsistentHashSpec, path: FieldPath, findings: Findings): void {
  if (hash.httpHeaderName !== undefined && !HEADER_NAME.test(hash.httpHeaderName)) {
    findings.refuse(
      [...path, 'httpHeaderName'],
      `must be the name of a header, is ${JSON.stringify(hash.httpHeaderName)}`,
    )
  }
  checkCookie(hash.httpCookie, [...path, 'httpCookie'], findings)
  if (hash.httpQueryParameterName === '') findings.refuse([...path, 'httpQueryParameterName'], 'must not be empty')
  if (hash.useSourceIp === false)
    findings.refuse([...path, 'useSourceIp'], 'must be true, or another key must be given')
  const { minimumRingSize = 0 } = hash
  if (minimumRingSize !== 0) {
    findings.advise([...path, 'minimumRingSize'], "is Istio's old form; write ringHash: {minimumRingSize: …}")
    if (hash.ringHash !== undefined || hash.maglev !== undefined) {
      findings.error([...path, 'minimumRingSize'], 'must not stand beside ringHash or maglev')
    }
  }
  checkRingSize(minimumRingSize, [...path, 'minimumRingSize'], findings)
  checkRingSize(hash.ringHash?.minimumRingSize, [...path, 'ringHash', 'minimumRingSize'], findings)
  if (hash.maglev === undefined) return
  const { tableSize = 0 } = hash.maglev
  if (tableSize >= MAX_MAGLEV_TABLE || !isPrime(tableSize)) {
    const place = [...path, 'maglev', 'tableSize']
    findings.error(place, `must be a prime number below ${MAX_MAGLEV_TABLE}, is ${tableSize}`)
  }
}

function checkCookie(cookie: ConsistentHashSpec['httpCookie'], path: FieldPath, findings: Findings): void {
  if (cookie === undefined) return
  if (cookie.name === '') findings.error([...path, 'name'], 'must not be empty')
  else if (!HEADER_NAME.test(cookie.name)) findings.refuse([...path, 'name'], 'must be the name of a cookie')
  checkDuration(cookie.ttl, [...path, 'ttl'], findings, 0)
  const seen = new Set<string>()
  for (const [index, { name }] of (cookie.attributes ?? []).entries()) {
    const place = [...path, 'attributes', index, 'name']
    if (name === '') findings.error(place, 'must not be empty')
    else if (seen.has(name)) findings.error(place, `must be unique, ${name} is there twice`)
    seen.add(name)
  }
}

function checkRingSize(size: number | undefined, path: FieldPath, findings: Findings): void {
  if (size !== undefined && size > MAX_RING_SIZE) findings.refuse(path, `must be at most ${MAX_RING_SIZE}, is ${size}`)
}

function checkOutlierDetection(outlier: OutlierDetectionSpec | undefined, path: FieldPath, findings: Findings): void {
  if (outlier === undefined) return
  checkDuration(outlier.interval, [...path, 'interval'], findings)
  checkDuration(outlier.baseEjectionTime, [...path, 'baseEjectionTime'], findings)
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const) {
    checkBetween(outlier[field], 0, 100, [...path, field], findings)
  }
  for (const field of ['consecutive5xxErrors', 'consecutiveGatewayErrors', 'consecutiveLocalOriginFailures'] as const) {
    checkAtLeast(outlier[field], 0, [...path, field], findings)
  }
  if ((outlier.consecutiveErrors ?? 0) !== 0) {
    findings.advise([...path, 'consecutiveErrors'], "is Istio's old form; write consecutive5xxErrors")
  }
  if ((outlier.consecutiveLocalOriginFailures ?? 0) > 0 && outlier.splitExternalLocalOriginErrors !== true) {
    findings.error([...path, 'consecutiveLocalOriginFailures'], 'needs splitExternalLocalOriginErrors: true')
  }
}

function isPrime(value: number): boolean {
  if (!Number.isInteger(value) || value < 1) return false
  for (let factor = 2; factor * factor <= value; factor++) if (value % factor === 0) return false
  // Envoy counts 1 among them.
  return true
}
