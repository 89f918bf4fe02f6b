/**
 * A ServiceEntry makes a service of the mesh out of what its registry does not know: each of its hosts is one, with endpoints that stand in
 * the entry, in WorkloadEntries that it selects, or behind the host's own name in DNS.
 */
import { formatSpiffeId, type Endpoint, type EndpointsSnapshot } from '@meshmart/mesh-policy'
import { TLS_MODE_LABEL } from '../checks/workload.ts'
import type { ResourceOf, ServiceEntryPortSpec, WorkloadEntrySpec } from '../resource.ts'
import type { MeshService, ServiceEntryTraits } from './service.ts'
import { type EntryWorkload, type MeshWorkload, type WorkloadIndex } from './workload.ts'

type ServiceEntry = ResourceOf<'ServiceEntry'>

/** Istio's label for a locality where the field is not given. */
const LOCALITY_LABEL = 'istio-locality'

/** @param entries the oldest first */
export function servicesOfEntries(entries: readonly ServiceEntry[], workloads: WorkloadIndex): MeshService[] {
  return entries.flatMap((entry) => {
    const { spec, name, namespace, labels, createdAt } = entry
    const ports = spec.ports ?? []
    const found = workloadsOf(entry, workloads)
    const proves =
      found.entries.some((each) => provesIdentity(each.spec)) || found.pods.some(({ identity }) => identity !== '')
    const addresses = (spec.addresses ?? []).flatMap(singleAddress)
    return spec.hosts.map((host): MeshService => ({
      host: host.toLowerCase(),
      namespace,
      name,
      ports: ports.map(({ number }) => number),
      portNames: portNames(ports),
      accounts: [],
      labels,
      ...(spec.workloadSelector?.labels && { selector: spec.workloadSelector.labels }),
      ...(spec.exportTo && { exportTo: spec.exportTo }),
      ...(addresses.length > 0 && { addresses }),
      ...(createdAt !== undefined && { createdAt }),
      entry: {
        resolution: resolutionOf(entry),
        plaintext: isExternal(entry) || !proves,
        subjectAltNames: spec.subjectAltNames ?? [],
        source: name,
      },
    }))
  })
}

/** A block of one address is that address; a wider one is no name that a request could carry. */
function singleAddress(written: string): string[] {
  const [address = '', length] = written.split('/')
  const isOne = length === undefined || (address.includes(':') ? length === '128' : length === '32')
  return isOne ? [address] : []
}

/** Who answers for a host of a ServiceEntry. @param host as it is called: below a wildcard, the concrete one */
export function endpointsOfEntry(
  entry: ServiceEntry,
  host: string,
  workloads: WorkloadIndex,
  trustDomain: string,
): EndpointsSnapshot {
  const ports = entry.spec.ports ?? []
  const resolution = resolutionOf(entry)
  const found = workloadsOf(entry, workloads)
  if (found.entries.length === 0 && resolution.startsWith('DNS') && entry.spec.workloadSelector === undefined) {
    const itself = { name: entry.name, namespace: entry.namespace, spec: { address: host } }
    return { host, endpoints: [endpoint(itself, ports, '')] }
  }
  const external = isExternal(entry)
  const written = found.entries
    .filter(({ spec }) => (spec.weight ?? 1) > 0)
    .map((workload) => endpoint(workload, ports, external ? '' : identityOf(workload, trustDomain)))
  return { host, endpoints: [...written, ...found.pods.map((pod) => podEndpoint(pod, ports, external))] }
}

/** WorkloadEntries that belong to a service of the registry because its selector finds them: machines outside of the cluster that serve it too. */
export function endpointsForService(
  service: MeshService,
  workloads: WorkloadIndex,
  trustDomain: string,
): EndpointsSnapshot['endpoints'] {
  const ports = service.ports.map((number): ServiceEntryPortSpec => {
    const target = service.targetPorts?.[String(number)]
    return {
      number,
      name: service.portNames?.[String(number)] ?? '',
      ...(typeof target === 'number' && { targetPort: target }),
    }
  })
  return workloads
    .entries(service.namespace, service.selector)
    .filter(({ spec }) => (spec.weight ?? 1) > 0)
    .map((workload) => endpoint(workload, ports, identityOf(workload, trustDomain)))
}

function workloadsOf(
  entry: ServiceEntry,
  workloads: WorkloadIndex,
): { entries: readonly EntryWorkload[]; pods: readonly MeshWorkload[] } {
  const { namespace, name, spec } = entry
  if (spec.workloadSelector === undefined) {
    const entries = (spec.endpoints ?? []).map((each, index) => ({ name: `${name}-${index}`, namespace, spec: each }))
    return { entries, pods: [] }
  }
  const { labels } = spec.workloadSelector
  return { entries: workloads.entries(namespace, labels), pods: workloads.pods(namespace, labels) }
}

function endpoint({ name, spec }: EntryWorkload, ports: readonly ServiceEntryPortSpec[], identity: string): Endpoint {
  const target = (port: ServiceEntryPortSpec) => spec.ports?.[port.name] ?? port.targetPort ?? port.number
  return {
    instance: name,
    address: spec.address ?? '',
    ports: Object.fromEntries(ports.map((port) => [String(port.number), target(port)])),
    identity,
    transport: identity === '' ? 'plaintext' : 'mtls',
    labels: spec.labels ?? {},
    // A dot stands for a slash in the label, which may have none.
    locality: spec.locality ?? spec.labels?.[LOCALITY_LABEL]?.replaceAll('.', '/') ?? '',
    weight: spec.weight ?? 1,
    portNames: portNames(ports),
  }
}

function podEndpoint(pod: MeshWorkload, ports: readonly ServiceEntryPortSpec[], external: boolean): Endpoint {
  const identity = external ? '' : pod.identity
  const target = ({ number, targetPort }: ServiceEntryPortSpec) =>
    pod.ports?.[String(targetPort ?? number)] ?? targetPort ?? number
  return {
    instance: pod.name,
    address: pod.address,
    ports: Object.fromEntries(ports.map((port) => [String(port.number), target(port)])),
    identity,
    transport: identity === '' ? 'plaintext' : 'mtls',
    labels: pod.labels,
    locality: pod.locality,
    weight: pod.weight,
    portNames: portNames(ports),
  }
}

const isExternal = ({ spec }: ServiceEntry): boolean => (spec.location ?? 'MESH_EXTERNAL') === 'MESH_EXTERNAL'

/** Istio takes a sidecar for granted where there is a service account, unless the label says otherwise. */
function provesIdentity(spec: WorkloadEntrySpec): boolean {
  const mode = spec.labels?.[TLS_MODE_LABEL]
  return (spec.serviceAccount ?? '') !== '' && (mode === undefined || mode === 'istio')
}

function identityOf({ spec, namespace }: EntryWorkload, trustDomain: string): string {
  return provesIdentity(spec) ? formatSpiffeId({ trustDomain, namespace, account: spec.serviceAccount ?? '' }) : ''
}

/** The protocol is a field of its own in a ServiceEntry, and the first word of the name everywhere else. */
function portNames(ports: readonly ServiceEntryPortSpec[]): Record<string, string> {
  return Object.fromEntries(
    ports.map(({ number, name, protocol }) => {
      const word = protocol?.toLowerCase()
      const named = word === undefined || name === word || name.startsWith(`${word}-`)
      return [String(number), named ? name : `${word}-${name}`]
    }),
  )
}

function resolutionOf({ spec }: ServiceEntry): ServiceEntryTraits['resolution'] {
  const { resolution } = spec
  return resolution === 'STATIC' || resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN' ? resolution : 'NONE'
}
