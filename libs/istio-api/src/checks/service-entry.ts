/** What the schema cannot say about a ServiceEntry and a WorkloadEntry: who is meant, at which ports, and how it is found. */
import type { Findings } from '../problem.ts'
import { hostProblem } from '../host.ts'
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import type { FieldPath, ServiceEntrySpec, WorkloadEntrySpec } from '../resource.ts'
import { isAddress } from '../address.ts'
import { checkAtLeast, checkHost, checkLabels, checkPort } from './values.ts'

export const TLS_MODE_LABEL = 'security.istio.io/tlsMode'

export function checkServiceEntry(spec: ServiceEntrySpec, findings: Findings): void {
  if (spec.hosts.length === 0) findings.error(['spec', 'hosts'], 'needs at least one host')
  for (const [index, host] of spec.hosts.entries()) {
    if (host === '*') findings.error(['spec', 'hosts', index], 'must not be *: that would be every host there is')
    else checkHost(host, ['spec', 'hosts', index], findings, true)
  }
  const names = checkPorts(spec, findings)
  const endpoints = spec.endpoints ?? []
  if (spec.workloadSelector !== undefined && spec.endpoints !== undefined) {
    findings.error(['spec', 'workloadSelector'], 'must not stand beside endpoints')
  }
  checkLabels(spec.workloadSelector?.labels, ['spec', 'workloadSelector', 'labels'], findings)
  for (const [index, endpoint] of endpoints.entries()) {
    checkWorkload(endpoint, names, ['spec', 'endpoints', index], findings)
  }
  checkResolution(spec, findings)
}

export function checkWorkloadEntry(spec: WorkloadEntrySpec, findings: Findings): void {
  checkWorkload(spec, null, ['spec'], findings)
}

function checkPorts(spec: ServiceEntrySpec, findings: Findings): ReadonlySet<string> {
  const names = new Set<string>()
  const numbers = new Set<number>()
  if ((spec.ports ?? []).length === 0) findings.error(['spec', 'ports'], 'needs at least one port')
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const path = ['spec', 'ports', index]
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(port.name))
      findings.error([...path, 'name'], 'must be a name such as tcp-db')
    if (names.has(port.name)) findings.error([...path, 'name'], `must be unique, ${port.name} is there twice`)
    if (numbers.has(port.number)) findings.error([...path, 'number'], `must be unique, ${port.number} is there twice`)
    names.add(port.name)
    numbers.add(port.number)
    checkPort(port.number, [...path, 'number'], findings)
    checkPort(port.targetPort, [...path, 'targetPort'], findings)
    const carriage = port.protocol === undefined ? 'HTTP' : carriageOfProtocol(port.protocol)
    if (carriage === null || carriage === 'UDP') {
      const known = 'HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, MONGO, MYSQL, REDIS'
      findings.error([...path, 'protocol'], `must be one of ${known}, is ${port.protocol}`)
    }
    // With several hosts nothing in such a connection says which of them is meant.
    if (carriage === 'TCP' && spec.hosts.length > 1 && spec.resolution !== 'NONE') {
      findings.error([...path, 'protocol'], 'needs a single host: a TCP connection does not say which one it is for')
    }
  }
  return names
}

function checkResolution(spec: ServiceEntrySpec, findings: Findings): void {
  const resolution = spec.resolution ?? 'NONE'
  const path = ['spec', 'resolution']
  const endpoints = spec.endpoints ?? []
  if (resolution === 'DYNAMIC_DNS') findings.error(path, 'must be NONE, STATIC or DNS in this version, is DYNAMIC_DNS')
  if (resolution === 'NONE' && endpoints.length > 0)
    findings.error(['spec', 'endpoints'], 'must not be given for resolution NONE')
  if (resolution === 'STATIC') {
    if (endpoints.length === 0 && spec.workloadSelector === undefined) {
      findings.error(path, 'STATIC needs endpoints or a workloadSelector: nobody would answer')
    }
    for (const [index, { address }] of endpoints.entries()) {
      if (address === undefined || isAddress(address)) continue
      findings.error(
        ['spec', 'endpoints', index, 'address'],
        `must be an IP address for resolution STATIC, is ${address}`,
      )
    }
  }
  if (!resolution.startsWith('DNS') || endpoints.length > 0 || spec.workloadSelector !== undefined) return
  for (const [index, host] of spec.hosts.entries()) {
    if (host.startsWith('*')) findings.error(['spec', 'hosts', index], 'cannot be resolved by DNS; give endpoints')
  }
}

/** @param ports names of the service's ports; null where the service is not known yet */
function checkWorkload(
  workload: WorkloadEntrySpec,
  ports: ReadonlySet<string> | null,
  path: FieldPath,
  findings: Findings,
): void {
  const address = workload.address ?? ''
  if (!isAddress(address) && hostProblem(address, false) !== null) {
    findings.error([...path, 'address'], `must be an IP address or a host, is ${JSON.stringify(address)}`)
  }
  for (const [name, port] of Object.entries(workload.ports ?? {})) {
    if (ports !== null && !ports.has(name))
      findings.error([...path, 'ports', name], `is no port of this service; it has ${[...ports].join(', ')}`)
    checkPort(port, [...path, 'ports', name], findings)
  }
  checkLabels(workload.labels, [...path, 'labels'], findings)
  checkAtLeast(workload.weight, 0, [...path, 'weight'], findings)
  if (workload.labels?.[TLS_MODE_LABEL] === 'istio' && (workload.serviceAccount ?? '') === '') {
    findings.error([...path, 'labels', TLS_MODE_LABEL], 'needs serviceAccount: whom should the endpoint prove to be?')
  }
}
