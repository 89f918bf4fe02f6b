/** `connectionPool`: of a DestinationRule, and of a Sidecar's own ports. */
import type { ConnectionPoolSpec } from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkAtLeast, checkDuration } from './values.ts'

const COUNTS = [
  'http1MaxPendingRequests',
  'http2MaxRequests',
  'maxRequestsPerConnection',
  'maxRetries',
  'maxConcurrentStreams',
] as const

export function checkConnectionPool(pool: ConnectionPoolSpec | undefined, path: FieldPath, findings: Findings): void {
  if (pool === undefined) return
  if (pool.tcp === undefined && pool.http === undefined) findings.error(path, 'needs tcp or http')
  if (pool.tcp !== undefined) checkTcp(pool.tcp, [...path, 'tcp'], findings)
  if (pool.http !== undefined) checkHttp(pool.http, [...path, 'http'], findings)
}

function checkTcp(tcp: NonNullable<ConnectionPoolSpec['tcp']>, path: FieldPath, findings: Findings): void {
  checkDuration(tcp.connectTimeout, [...path, 'connectTimeout'], findings)
  checkDuration(tcp.maxConnectionDuration, [...path, 'maxConnectionDuration'], findings)
  // 0s switches it off.
  checkDuration(tcp.idleTimeout, [...path, 'idleTimeout'], findings, 0)
  for (const field of ['time', 'interval'] as const) {
    checkDuration(tcp.tcpKeepalive?.[field], [...path, 'tcpKeepalive', field], findings)
  }
  checkAtLeast(tcp.maxConnections, 0, [...path, 'maxConnections'], findings)
}

function checkHttp(http: NonNullable<ConnectionPoolSpec['http']>, path: FieldPath, findings: Findings): void {
  checkDuration(http.idleTimeout, [...path, 'idleTimeout'], findings)
  for (const field of COUNTS) checkAtLeast(http[field], 0, [...path, field], findings)
  if (http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true) {
    findings.error([...path, 'useClientProtocol'], 'must not stand beside h2UpgradePolicy: UPGRADE')
  }
  const keepAlive = http.http2KeepAlive
  if (keepAlive === undefined) return
  for (const field of ['interval', 'timeout'] as const) {
    if (keepAlive[field] === undefined) findings.error([...path, 'http2KeepAlive'], `needs the field ${field}`)
    checkDuration(keepAlive[field], [...path, 'http2KeepAlive', field], findings)
  }
}
