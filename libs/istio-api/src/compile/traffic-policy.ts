/** The blocks of a traffic policy in the data plane's words, with the defaults of Istio and Envoy. */
import type {
  Cluster,
  ConnectionPool,
  LocalityPolicy,
  OutlierDetection,
  RetryBudget,
  SlowStart,
} from '@meshmart/mesh-policy'
import type { SuccessRateAnnotation } from '../checks/annotations.ts'
import type {
  ClientTlsSpec,
  ConnectionPoolSpec,
  ConsistentHashSpec,
  LoadBalancerSpec,
  LocalityLbSpec,
  OutlierDetectionSpec,
  TrafficPolicySpec,
} from '../destination-rule-spec.ts'
import { durationOr } from '../duration.ts'
import type { MeshService } from './service.ts'

/** MeshConfig's. */
const CONNECT_TIMEOUT_MS = 10_000
const OUTLIER_DEFAULTS = {
  consecutive5xxErrors: 5,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionPercent: 10,
}
const CONSECUTIVE_LOCAL_FAILURES = 5
const MINIMUM_RING_SIZE = 1_024
const MAGLEV_TABLE_SIZE = 65_537
const WARMUP_MINIMUM_PERCENT = 10
const RETRY_BUDGET: RetryBudget = { percent: 20, minRetryConcurrency: 3 }

/** @param ofMesh the mesh configuration's `connectTimeout` */
export const connectTimeoutMs = (written: ConnectionPoolSpec | undefined, ofMesh: string | undefined): number =>
  durationOr(written?.tcp?.connectTimeout, durationOr(ofMesh, CONNECT_TIMEOUT_MS))

/** In Istio a limit of 0 is one that is not given. */
export function connectionPool(written: ConnectionPoolSpec | undefined): ConnectionPool | null {
  const { tcp, http } = written ?? {}
  const idle = http?.idleTimeout ?? tcp?.idleTimeout
  const limit = (value: number | undefined): value is number => value !== undefined && value > 0
  const pool: ConnectionPool = {
    ...(limit(tcp?.maxConnections) && { maxConnections: tcp.maxConnections }),
    ...(limit(http?.http1MaxPendingRequests) && { maxPendingRequests: http.http1MaxPendingRequests }),
    ...(limit(http?.http2MaxRequests) && { maxRequests: http.http2MaxRequests }),
    ...(limit(http?.maxRequestsPerConnection) && { maxRequestsPerConnection: http.maxRequestsPerConnection }),
    ...(limit(http?.maxRetries) && { maxRetries: http.maxRetries }),
    ...(idle !== undefined && { idleTimeoutMs: durationOr(idle, 0) }),
    ...(tcp?.maxConnectionDuration !== undefined && {
      maxConnectionDurationMs: durationOr(tcp.maxConnectionDuration, 0),
    }),
    ...(tcp?.tcpKeepalive?.time !== undefined && { tcpKeepaliveMs: durationOr(tcp.tcpKeepalive.time, 0) }),
  }
  return Object.keys(pool).length === 0 ? null : pool
}

export function retryBudget(written: TrafficPolicySpec['retryBudget']): RetryBudget | null {
  if (written === undefined) return null
  const least = written.minRetryConcurrency ?? 0
  return {
    percent: written.percent ?? RETRY_BUDGET.percent,
    minRetryConcurrency: least > 0 ? least : RETRY_BUDGET.minRetryConcurrency,
  }
}

type Balancing = Pick<Cluster, 'loadBalancer' | 'consistentHash' | 'slowStart' | 'locality'>

/**
 * @param passthrough connections go to the address that was asked for: there is nothing to choose among
 * @param ofMesh the mesh configuration's `localityLbSetting`; a rule's own takes its place as a whole
 */
export function loadBalancing(
  policy: TrafficPolicySpec,
  passthrough: boolean,
  ofMesh: LocalityLbSpec | undefined,
): Balancing {
  const written = policy.loadBalancer
  const loadBalancer = passthrough ? 'PASSTHROUGH' : simpleBalancer(written?.simple)
  if (loadBalancer === 'PASSTHROUGH') return { loadBalancer }
  const locality = localityOf(written?.localityLbSetting ?? ofMesh, policy.outlierDetection !== undefined)
  const placed = locality === null ? {} : { locality }
  if (written?.consistentHash !== undefined) {
    return { loadBalancer, consistentHash: consistentHash(written.consistentHash), ...placed }
  }
  const slowStart = loadBalancer === 'RANDOM' ? null : slowStartOf(written)
  return { loadBalancer, ...(slowStart && { slowStart }), ...placed }
}

function simpleBalancer(simple: string | undefined): Cluster['loadBalancer'] {
  if (simple === 'ROUND_ROBIN' || simple === 'RANDOM' || simple === 'PASSTHROUGH') return simple
  return 'LEAST_REQUEST'
}

function consistentHash(written: ConsistentHashSpec): NonNullable<Cluster['consistentHash']> {
  const size = written.ringHash?.minimumRingSize ?? written.minimumRingSize ?? 0
  return {
    on: hashKey(written),
    algorithm:
      written.maglev === undefined
        ? { kind: 'RING_HASH', minimumRingSize: size > 0 ? size : MINIMUM_RING_SIZE }
        : { kind: 'MAGLEV', tableSize: written.maglev.tableSize ?? MAGLEV_TABLE_SIZE },
  }
}

function hashKey(written: ConsistentHashSpec): NonNullable<Cluster['consistentHash']>['on'] {
  if (written.httpHeaderName !== undefined) return { kind: 'header', name: written.httpHeaderName.toLowerCase() }
  if (written.httpQueryParameterName !== undefined) return { kind: 'query', name: written.httpQueryParameterName }
  const cookie = written.httpCookie
  if (cookie === undefined) return { kind: 'sourceIp' }
  const ttlSeconds = cookie.ttl === undefined ? null : durationOr(cookie.ttl, 0) / 1000
  return { kind: 'cookie', name: cookie.name, path: cookie.path ?? '', ttlSeconds }
}

function slowStartOf(written: LoadBalancerSpec | undefined): SlowStart | null {
  const windowMs = durationOr(written?.warmup?.duration ?? written?.warmupDurationSecs, 0)
  if (windowMs === 0) return null
  const { minimumPercent = WARMUP_MINIMUM_PERCENT, aggression = 1 } = written?.warmup ?? {}
  return { windowMs, minimumPercent, aggression }
}

/** On by default, as in Istio's mesh configuration; without outlier detection only shares have an effect. */
function localityOf(written: LocalityLbSpec | undefined, watchesOutliers: boolean): LocalityPolicy | null {
  if (written?.enabled === false || (written === undefined && !watchesOutliers)) return null
  const { distribute = [], failover = [], failoverPriority = [] } = written ?? {}
  return {
    ...(distribute.length > 0 && { distribute: distribute.map(({ from = '', to = {} }) => ({ from, to })) }),
    ...(failover.length > 0 && { failover: failover.map(({ from = '', to = '' }) => ({ from, to })) }),
    ...(failoverPriority.length > 0 && { failoverPriority }),
  }
}

export function outlierDetection(
  written: OutlierDetectionSpec | undefined,
  successRate: SuccessRateAnnotation | null,
): OutlierDetection | null {
  if (written === undefined) return null
  const { consecutiveGatewayErrors, consecutiveLocalOriginFailures, maxEjectionPercent, minHealthPercent } = written
  const localFailures = consecutiveLocalOriginFailures ?? 0
  return {
    consecutive5xxErrors: written.consecutive5xxErrors ?? OUTLIER_DEFAULTS.consecutive5xxErrors,
    intervalMs: durationOr(written.interval, OUTLIER_DEFAULTS.intervalMs),
    baseEjectionTimeMs: durationOr(written.baseEjectionTime, OUTLIER_DEFAULTS.baseEjectionTimeMs),
    // Istio cannot tell a share of 0 from one that is not given.
    maxEjectionPercent: maxEjectionPercent || OUTLIER_DEFAULTS.maxEjectionPercent,
    ...(consecutiveGatewayErrors !== undefined && { consecutiveGatewayErrors }),
    ...(written.splitExternalLocalOriginErrors === true && {
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: localFailures > 0 ? localFailures : CONSECUTIVE_LOCAL_FAILURES,
    }),
    ...(minHealthPercent !== undefined && { minHealthPercent }),
    ...(successRate !== null && { successRate }),
  }
}

/**
 * Where no rule speaks: mutual TLS of the mesh, but not towards a ServiceEntry at whose endpoints nobody speaks it, nor where PeerAuthentication switches
 * it off for the service's namespace or the mesh (Istio's auto mTLS).
 */
export function clientTls(
  written: ClientTlsSpec | undefined,
  service: MeshService | null,
  peersUseMtls: boolean,
): Pick<Cluster, 'tls' | 'tlsSettings'> {
  if (written === undefined) {
    return { tls: service?.entry?.plaintext === true || !peersUseMtls ? 'DISABLE' : 'ISTIO_MUTUAL' }
  }
  const { mode, sni, caCertificates, clientCertificate, privateKey } = written
  if (mode === 'ISTIO_MUTUAL') return { tls: mode }
  if (mode !== 'SIMPLE' && mode !== 'MUTUAL') return { tls: 'DISABLE' }
  const names = written.subjectAltNames ?? []
  return {
    tls: mode,
    tlsSettings: {
      subjectAltNames: names.length > 0 ? names : (service?.entry?.subjectAltNames ?? []),
      insecureSkipVerify: written.insecureSkipVerify ?? false,
      ...(sni !== undefined && sni !== '' && { sni }),
      ...(caCertificates !== undefined && { caCertificates }),
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(privateKey !== undefined && { privateKey }),
    },
  }
}
