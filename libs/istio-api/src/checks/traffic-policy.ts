/** The blocks of a traffic policy that a rule, a subset and a port may each have: pool, balancing, outliers, TLS. */
import type {
  ConnectionPoolSpec,
  ConsistentHashSpec,
  LoadBalancerSpec,
  OutlierDetectionSpec,
  PortPolicySpec,
} from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkLocality } from './locality.ts'
import { checkClientTls } from './client-tls.ts'
import { checkAtLeast, checkDuration, checkHeaderName } from './values.ts'

/** LEAST_CONN is Istio's old name of LEAST_REQUEST. */
const LOAD_BALANCERS = ['LEAST_REQUEST', 'LEAST_CONN', 'ROUND_ROBIN', 'RANDOM', 'PASSTHROUGH', 'UNSPECIFIED']
/** Envoy's, which are a limit of ours as well: a table is built for every snapshot. */
const MAX_RING_SIZE = 8_388_608
const MAX_MAGLEV_TABLE = 5_000_011

export function checkPortPolicy(policy: PortPolicySpec, path: FieldPath, findings: Findings): void {
  checkConnectionPool(policy.connectionPool, [...path, 'connectionPool'], findings)
  checkLoadBalancer(policy.loadBalancer, [...path, 'loadBalancer'], findings)
  const { outlierDetection, loadBalancer } = policy
  checkLocality(loadBalancer?.localityLbSetting, outlierDetection !== undefined, path, findings)
  checkOutlierDetection(outlierDetection, [...path, 'outlierDetection'], findings)
  checkClientTls(policy.tls, [...path, 'tls'], findings)
}

function checkConnectionPool(pool: ConnectionPoolSpec | undefined, path: FieldPath, findings: Findings): void {
  if (pool === undefined) return
  const tcp = [...path, 'tcp']
  checkDuration(pool.tcp?.connectTimeout, [...tcp, 'connectTimeout'], findings, 1)
  checkDuration(pool.tcp?.maxConnectionDuration, [...tcp, 'maxConnectionDuration'], findings, 1)
  checkDuration(pool.tcp?.idleTimeout, [...tcp, 'idleTimeout'], findings)
  checkDuration(pool.tcp?.tcpKeepalive?.time, [...tcp, 'tcpKeepalive', 'time'], findings, 1)
  checkAtLeast(pool.tcp?.maxConnections, 0, [...tcp, 'maxConnections'], findings)
  const http = [...path, 'http']
  checkDuration(pool.http?.idleTimeout, [...http, 'idleTimeout'], findings)
  for (const field of [
    'http1MaxPendingRequests',
    'http2MaxRequests',
    'maxRequestsPerConnection',
    'maxRetries',
  ] as const) {
    checkAtLeast(pool.http?.[field], 0, [...http, field], findings)
  }
}

function checkLoadBalancer(balancer: LoadBalancerSpec | undefined, path: FieldPath, findings: Findings): void {
  if (balancer === undefined) return
  const { simple, consistentHash, warmup, warmupDurationSecs } = balancer
  if (simple !== undefined && !LOAD_BALANCERS.includes(simple)) {
    findings.error([...path, 'simple'], `must be one of ${LOAD_BALANCERS.join(', ')}, is ${simple}`)
  }
  if (consistentHash !== undefined) checkConsistentHash(consistentHash, [...path, 'consistentHash'], findings)
  checkDuration(warmup?.duration, [...path, 'warmup', 'duration'], findings, 1)
  checkDuration(warmupDurationSecs, [...path, 'warmupDurationSecs'], findings, 1)
  const share = warmup?.minimumPercent
  if (share !== undefined && (share < 0 || share > 100)) {
    findings.error([...path, 'warmup', 'minimumPercent'], `must be between 0 and 100, is ${share}`)
  }
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
  if (hash.httpHeaderName !== undefined) checkHeaderName(hash.httpHeaderName, [...path, 'httpHeaderName'], findings)
  if (hash.httpCookie !== undefined && !/^[!#$%&'*+\-.^_`|~\w]+$/.test(hash.httpCookie.name)) {
    findings.error([...path, 'httpCookie', 'name'], 'must be the name of a cookie')
  }
  checkDuration(hash.httpCookie?.ttl, [...path, 'httpCookie', 'ttl'], findings)
  if (hash.httpQueryParameterName === '') findings.error([...path, 'httpQueryParameterName'], 'must not be empty')
  if (hash.useSourceIp === false) findings.error([...path, 'useSourceIp'], 'must be true, or another key must be given')
  if (hash.minimumRingSize !== undefined && (hash.ringHash !== undefined || hash.maglev !== undefined)) {
    findings.error([...path, 'minimumRingSize'], 'must not stand beside ringHash or maglev')
  }
  checkRingSize(hash.minimumRingSize, [...path, 'minimumRingSize'], findings)
  checkRingSize(hash.ringHash?.minimumRingSize, [...path, 'ringHash', 'minimumRingSize'], findings)
  const table = hash.maglev?.tableSize
  if (table !== undefined && (table >= MAX_MAGLEV_TABLE || !isPrime(table))) {
    findings.error([...path, 'maglev', 'tableSize'], `must be a prime number below ${MAX_MAGLEV_TABLE}, is ${table}`)
  }
}

function checkRingSize(size: number | undefined, path: FieldPath, findings: Findings): void {
  if (size !== undefined && (size < 0 || size > MAX_RING_SIZE)) {
    findings.error(path, `must be between 0 and ${MAX_RING_SIZE}, is ${size}`)
  }
}

function checkOutlierDetection(outlier: OutlierDetectionSpec | undefined, path: FieldPath, findings: Findings): void {
  if (outlier === undefined) return
  checkDuration(outlier.interval, [...path, 'interval'], findings, 1)
  checkDuration(outlier.baseEjectionTime, [...path, 'baseEjectionTime'], findings, 1)
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const) {
    const percent = outlier[field]
    if (percent !== undefined && (percent < 0 || percent > 100)) {
      findings.error([...path, field], `must be between 0 and 100, is ${percent}`)
    }
  }
  for (const field of ['consecutive5xxErrors', 'consecutiveGatewayErrors', 'consecutiveLocalOriginFailures'] as const) {
    checkAtLeast(outlier[field], 0, [...path, field], findings)
  }
  if ((outlier.consecutiveLocalOriginFailures ?? 0) > 0 && outlier.splitExternalLocalOriginErrors !== true) {
    findings.error([...path, 'consecutiveLocalOriginFailures'], 'needs splitExternalLocalOriginErrors: true')
  }
}

function isPrime(value: number): boolean {
  if (!Number.isInteger(value) || value < 2) return false
  for (let factor = 2; factor * factor <= value; factor++) if (value % factor === 0) return false
  return true
}
