/**
 * A ServiceEntry makes a service of the mesh out of what its registry does not know: each of its hosts is one, with endpoints that stand in
 * the entry, in WorkloadEntries that it selects, or behind the host's own name in DNS.
 */
import { formatSpiffeId, type Endpoint, type EndpointsSnapshot } from '@meshmart/mesh-policy'
import { TLS_MODE_LABEL } from '../checks/workload.ts'
import {
  ofKind,
  type Resource,
  type ResourceOf,
  type ServiceEntryPortSpec,
  type WorkloadEntrySpec,
} from '../resource.ts'
import type { MeshService } from './service.ts'

type ServiceEntry = ResourceOf<'ServiceEntry'>
type Labels = Readonly<Record<string, string>>

/** Istio's label for a locality where the field is not given. */
const LOCALITY_LABEL = 'istio-locality'

export function servicesOfEntries(resources: readonly Resource[]): MeshService[] {
  return ofKind(resources, 'ServiceEntry').flatMap((entry) => {
    const ports = entry.spec.ports ?? []
    const workloads = workloadsOf(entry, resources)
    const external = (entry.spec.location ?? 'MESH_EXTERNAL') === 'MESH_EXTERNAL'
    return entry.spec.hosts.map((host): MeshService => ({
      host: host.toLowerCase(),
      namespace: entry.namespace,
      name: entry.name,
      ports: ports.map(({ number }) => number),
      portNames: portNames(ports),
      accounts: [],
      entry: {
        resolution: resolutionOf(entry),
        plaintext: external || workloads.every(({ spec }) => !provesIdentity(spec)),
        subjectAltNames: entry.spec.subjectAltNames ?? [],
      },
    }))
  })
}

/** Who answers for a host of a ServiceEntry. @param host as it is called: below a wildcard, the concrete one */
export function endpointsOfEntry(
  entry: ServiceEntry,
  host: string,
  resources: readonly Resource[],
  trustDomain: string,
): EndpointsSnapshot {
  const ports = entry.spec.ports ?? []
  const workloads = workloadsOf(entry, resources)
  if (workloads.length === 0 && resolutionOf(entry) === 'DNS' && entry.spec.workloadSelector === undefined) {
    return {
      host,
      endpoints: [endpoint({ name: entry.name, namespace: entry.namespace, spec: { address: host } }, ports, '')],
    }
  }
  const external = (entry.spec.location ?? 'MESH_EXTERNAL') === 'MESH_EXTERNAL'
  return {
    host,
    endpoints: workloads
      .filter(({ spec }) => (spec.weight ?? 1) > 0)
      .map((workload) => endpoint(workload, ports, external ? '' : identityOf(workload, trustDomain))),
  }
}

/** Which ServiceEntry answers for a host: as with services, the first with the exact name, else the most specific wildcard's. */
export function entryFor(resources: readonly Resource[], serviceHost: string): ServiceEntry | null {
  return (
    ofKind(resources, 'ServiceEntry').find(({ spec }) =>
      spec.hosts.some((host) => host.toLowerCase() === serviceHost),
    ) ?? null
  )
}

interface Workload {
  readonly name: string
  readonly namespace: string
  readonly spec: WorkloadEntrySpec
}

function workloadsOf(entry: ServiceEntry, resources: readonly Resource[]): Workload[] {
  const { endpoints, workloadSelector } = entry.spec
  if (workloadSelector === undefined) {
    return (endpoints ?? []).map((spec, index) => {
      return { name: `${entry.name}-${index}`, namespace: entry.namespace, spec }
    })
  }
  return ofKind(resources, 'WorkloadEntry')
    .filter(({ namespace, labels, spec }) => {
      return namespace === entry.namespace && carries({ ...labels, ...spec.labels }, workloadSelector.labels)
    })
    .map(({ name, namespace, labels, spec }) => ({
      name,
      namespace,
      spec: { ...spec, labels: { ...labels, ...spec.labels } },
    }))
}

function endpoint({ name, spec }: Workload, ports: readonly ServiceEntryPortSpec[], identity: string): Endpoint {
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

/** Istio takes a sidecar for granted where there is a service account, unless the label says otherwise. */
function provesIdentity(spec: WorkloadEntrySpec): boolean {
  const mode = spec.labels?.[TLS_MODE_LABEL]
  return (spec.serviceAccount ?? '') !== '' && (mode === undefined || mode === 'istio')
}

function identityOf({ spec, namespace }: Workload, trustDomain: string): string {
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

function resolutionOf({ spec }: ServiceEntry): 'STATIC' | 'DNS' | 'NONE' {
  if (spec.resolution === 'STATIC') return 'STATIC'
  return spec.resolution === 'DNS' || spec.resolution === 'DNS_ROUND_ROBIN' ? 'DNS' : 'NONE'
}

export function carries(labels: Labels, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value)
}
