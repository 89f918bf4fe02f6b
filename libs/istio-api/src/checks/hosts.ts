/** Hosts, namespaces and names of gateways, as Istio allows them at each place. */
import { isAddress } from '../address.ts'
import { isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkHost } from './values.ts'

/** Where a destination is meant: Istio's check lets a wildcard pass that no request could be sent to. */
export function checkDestinationHost(value: string, path: FieldPath, findings: Findings): void {
  if (value === '*') findings.error(path, 'must be one host, is "*"')
  else if (checkHost(value, path, findings, true) && value.startsWith('*')) {
    findings.refuse(path, `must be one host, is ${JSON.stringify(value)}`)
  }
}

/** `*-a.example.com`: Istio's API knows it, but nothing that is read by it. */
export function isPartialWildcard(host: string): boolean {
  return host.includes('*') && host !== '*' && !host.startsWith('*.')
}

/** Of a Gateway's server: `host`, or `namespace/host` where the namespace may be `*` (any) or `.` (the gateway's own). */
export function checkServerHost(written: string, path: FieldPath, findings: Findings): void {
  const slash = written.indexOf('/')
  if (slash !== -1) {
    const namespace = written.slice(0, slash)
    if (namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace)) {
      findings.error(path, `must have a namespace, * or . before the slash, is ${JSON.stringify(written)}`)
    }
  }
  checkFullHost(written.slice(slash + 1), true, path, findings)
}

/** Of a Sidecar's egress: always `namespace/host`; `~` before the namespace leaves it out. */
export function checkEgressHost(written: string, path: FieldPath, findings: Findings): void {
  const slash = written.indexOf('/')
  const namespace = written.slice(0, slash).replace(/^~/, '')
  if (slash < 1 || slash === written.length - 1) {
    findings.error(path, `must be namespace/host, such as ./* or */*.example.com, is ${JSON.stringify(written)}`)
    return
  }
  if (namespace !== '' && namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace)) {
    findings.error(path, `must have a namespace, *, . or ~ before the slash, is ${JSON.stringify(written)}`)
  }
  checkFullHost(written.slice(slash + 1), false, path, findings)
}

function checkFullHost(host: string, addressAllowed: boolean, path: FieldPath, findings: Findings): void {
  if (addressAllowed && isAddress(host)) {
    if (!host.includes('.')) findings.error(path, `must be a full name with a dot, is ${JSON.stringify(host)}`)
    return
  }
  if (!checkHost(host, path, findings, true)) return
  if (host !== '*' && !host.includes('.')) {
    findings.error(path, `must be a full name such as my-service.default.svc.cluster.local, is ${JSON.stringify(host)}`)
  }
  if (isPartialWildcard(host)) {
    findings.error(path, `must have its wildcard as a label of its own, such as *.a.b, is ${JSON.stringify(host)}`)
  }
}

/** `gateway`, `namespace/gateway`, or Istio's old form `gateway.namespace.svc.cluster.local`. */
export function checkGatewayNames(gateways: readonly string[] | undefined, path: FieldPath, findings: Findings): void {
  for (const [index, gateway] of (gateways ?? []).entries()) {
    const place = [...path, index]
    const slash = gateway.indexOf('/')
    const parts = [gateway.slice(0, slash), gateway.slice(slash + 1)]
    if (slash === -1) checkGatewayHost(gateway, place, findings)
    else if (!parts.every(isDnsLabel)) {
      findings.error(place, `must be a gateway's name or namespace/name, is ${JSON.stringify(gateway)}`)
    }
  }
}

function checkGatewayHost(gateway: string, path: FieldPath, findings: Findings): void {
  checkHost(gateway, path, findings)
  if (!gateway.includes('.')) return
  const [name = '', namespace = ''] = gateway.split('.')
  findings.advise(path, `is Istio's old form of a gateway's name; write ${namespace}/${name}`)
}

/** How Istio's own gateways name a cluster in SNI: `outbound_.80_._.reviews.default.svc.cluster.local`. */
const CLUSTER_SNI = /^outbound_[^_]*\d[^_]*_[^_]*_[^_]*[A-Za-z][^_]*(?:_.*)?$/

/** @param sniAllowed an SNI that a gateway made up may stand there */
export function checkHostOrSni(host: string, sniAllowed: boolean, path: FieldPath, findings: Findings): void {
  if (isAddress(host)) return
  if (sniAllowed && host.startsWith('outbound_')) {
    if (host.length > 255 || !CLUSTER_SNI.test(host)) {
      findings.error(path, `must be outbound_.PORT_.SUBSET_.HOST or a host, is ${JSON.stringify(host)}`)
    }
    return
  }
  checkHost(host, path, findings, true)
}
