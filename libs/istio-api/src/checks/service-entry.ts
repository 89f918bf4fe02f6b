/** What the schema cannot say about a ServiceEntry: who is meant, at which ports, and how it is found. */
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import { isAddress } from '../address.ts'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { ResourceOf, ServiceEntrySpec } from '../resource.ts'
import { checkExportTo } from './export-to.ts'
import { isPartialWildcard } from './hosts.ts'
import { checkWorkloadSelector } from './selectors.ts'
import { checkHost, checkIpBlock, checkPort, checkPortName, checkUnique } from './values.ts'
import { checkWorkload } from './workload.ts'

const USE_WAYPOINT = 'istio.io/use-waypoint'
/** What a wildcard can be asked for by name. */
const NAMED = ['http', 'http2', 'grpc', 'tls']

type Entry = Pick<ResourceOf<'ServiceEntry'>, 'spec' | 'namespace' | 'labels'>

export function checkServiceEntry(entry: Entry, findings: Findings): void {
  const { spec, namespace } = entry
  checkWorkloadSelector(spec.workloadSelector, ['spec', 'workloadSelector'], findings)
  if (spec.workloadSelector !== undefined && spec.endpoints !== undefined) {
    findings.error(['spec', 'workloadSelector'], 'must not stand beside endpoints')
  }
  checkHosts(spec, findings)
  for (const [index, address] of (spec.addresses ?? []).entries()) {
    checkIpBlock(address, ['spec', 'addresses', index], findings)
  }
  checkEntryPorts(spec, findings)
  checkResolution(entry, findings)
  checkEndpoints(spec, findings)
  checkExportTo(spec.exportTo, { namespace, noneAllowed: true }, findings)
}

function checkHosts({ hosts, resolution }: ServiceEntrySpec, findings: Findings): void {
  if (hosts.length === 0) findings.error(['spec', 'hosts'], 'needs at least one host')
  for (const [index, host] of hosts.entries()) {
    const path = ['spec', 'hosts', index]
    if (host === '*') findings.error(path, 'must not be *: that would be every host there is')
    else if (checkHost(host, path, findings, true) && isPartialWildcard(host) && resolution !== 'DYNAMIC_DNS') {
      findings.advise(path, `must have its wildcard as a label of its own, such as *.a.b, is ${JSON.stringify(host)}`)
    }
  }
}

function checkEntryPorts(spec: ServiceEntrySpec, findings: Findings): void {
  const ports = spec.ports ?? []
  const pathOf = (field: string) => (index: number) => ['spec', 'ports', index, field]
  if (ports.length === 0) findings.warning(['spec', 'ports'], 'has no ports: nothing can be sent there')
  checkUnique(
    ports.map(({ name }) => name),
    pathOf('name'),
    findings,
  )
  checkUnique(
    ports.map(({ number }) => number),
    pathOf('number'),
    findings,
  )
  for (const [index, port] of ports.entries()) {
    const path = ['spec', 'ports', index]
    checkPortName(port.name, [...path, 'name'], findings)
    checkPort(port.number, [...path, 'number'], findings)
    checkPort(port.targetPort, [...path, 'targetPort'], findings)
    const protocol = port.protocol ?? ''
    const carriage = protocol === '' ? 'TCP' : carriageOfProtocol(protocol)
    const known = 'HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, MONGO, MYSQL, REDIS'
    if (carriage === null) findings.error([...path, 'protocol'], `must be one of ${known}, is ${protocol}`)
    else if (carriage === 'UDP') findings.refuse([...path, 'protocol'], `must be one of ${known}, is ${protocol}`)
    // With several hosts nothing in such a connection says which of them is meant.
    const isNameless = carriage === 'TCP' || carriage === 'UDP' || carriage === null
    if (isNameless && spec.hosts.length > 1 && (spec.resolution ?? 'NONE') !== 'NONE') {
      findings.error([...path, 'protocol'], 'needs a single host: a TCP connection does not say which one it is for')
    }
    if ((protocol === '' || protocol === 'TCP') && (spec.addresses ?? []).length === 0) {
      findings.advise([...path, 'protocol'], 'is TCP: without addresses only the port says what a connection is for')
    }
  }
}

function checkResolution(entry: Entry, findings: Findings): void {
  const { spec } = entry
  const { resolution = 'NONE', addresses = [], hosts } = spec
  const path = ['spec', 'resolution']
  const endpoints = spec.endpoints ?? []
  if (addresses.some((address) => address.includes('/')) && resolution !== 'NONE' && resolution !== 'STATIC') {
    findings.error(['spec', 'addresses'], `must be single addresses for resolution ${resolution}`)
  }
  if (resolution === 'NONE') {
    if (spec.endpoints !== undefined) findings.error(['spec', 'endpoints'], 'must not be given for resolution NONE')
    if (spec.workloadSelector !== undefined) {
      findings.advise(['spec', 'workloadSelector'], 'has no effect with resolution NONE')
    }
  }
  if (resolution === 'STATIC' && endpoints.length === 0 && spec.workloadSelector === undefined) {
    findings.warning(path, 'STATIC needs endpoints or a workloadSelector: nobody answers')
  }
  if (resolution === 'DYNAMIC_DNS') checkDynamic(entry, findings)
  if (resolution === 'DNS_ROUND_ROBIN') {
    if (endpoints.length > 1) findings.error(['spec', 'endpoints'], 'must be a single one for DNS_ROUND_ROBIN')
  }
  if (!resolution.startsWith('DNS')) return
  if (addresses.length > 0 && hosts.length > 1 && (spec.ports ?? []).some(({ protocol }) => isOverTcp(protocol))) {
    findings.advise(['spec', 'addresses'], 'belong to several hosts: a connection does not say which one it is for')
  }
  for (const [index, host] of (endpoints.length === 0 ? hosts : []).entries()) {
    if (hostProblem(host) === null) continue
    const place = ['spec', 'hosts', index]
    findings.error(place, `cannot be resolved by DNS, give endpoints; is ${JSON.stringify(host)}`)
  }
}

/** Istio counts what is encrypted among it. */
function isOverTcp(protocol = ''): boolean {
  const carriage = carriageOfProtocol(protocol)
  return carriage === 'TCP' || carriage === 'TLS'
}

/** Every host below a wildcard, resolved when it is called. */
function checkDynamic({ spec, labels }: Entry, findings: Findings): void {
  for (const [index, host] of spec.hosts.entries()) {
    if (!host.startsWith('*')) findings.error(['spec', 'hosts', index], 'must be a wildcard for resolution DYNAMIC_DNS')
  }
  for (const field of ['addresses', 'endpoints'] as const) {
    if ((spec[field] ?? []).length > 0) findings.error(['spec', field], 'must not be given for resolution DYNAMIC_DNS')
  }
  for (const [index, { protocol = '' }] of (spec.ports ?? []).entries()) {
    if (NAMED.includes(protocol.toLowerCase())) continue
    findings.error(['spec', 'ports', index, 'protocol'], 'must be HTTP, HTTP2, GRPC or TLS for resolution DYNAMIC_DNS')
  }
  const waypoint = labels[USE_WAYPOINT] ?? 'none'
  if (spec.location === 'MESH_INTERNAL' && waypoint !== '' && waypoint.toLowerCase() !== 'none') {
    findings.error(['spec', 'location'], 'must be MESH_EXTERNAL where a waypoint is used')
  }
  findings.refuse(['spec', 'resolution'], 'must be NONE, STATIC or DNS in this version, is DYNAMIC_DNS')
}

function checkEndpoints(spec: ServiceEntrySpec, findings: Findings): void {
  const { resolution = 'NONE' } = spec
  const ports = new Set((spec.ports ?? []).map(({ name }) => name))
  for (const [index, endpoint] of (spec.endpoints ?? []).entries()) {
    const path = ['spec', 'endpoints', index]
    if (resolution.startsWith('DNS')) {
      const { address = '' } = endpoint
      if (!isAddress(address) && hostProblem(address) !== null) {
        findings.error([...path, 'address'], `must be an IP address or a host, is ${JSON.stringify(address)}`)
        continue
      }
    }
    checkWorkload(endpoint, { ports, hostsAllowed: resolution !== 'STATIC' }, path, findings)
  }
}
