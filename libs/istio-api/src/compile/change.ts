/**
 * What a change of the configuration touches. A VirtualService or DestinationRule touches the hosts that it names (before and after), a service its own host;
 * everything that is rarer (a Sidecar, the mesh configuration, a ServiceEntry) touches a whole namespace or everything. Too much is only slower; too
 * little would leave an old route in force.
 */
import { HostIndex } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { nameOf, type Kind, type Resource, type ResourceOf } from '../resource.ts'
import type { MeshModel, PreparedModel } from './model.ts'
import type { MeshService } from './service.ts'

export type Change =
  'nothing' | 'everything' | { readonly resources: readonly Resource[]; readonly hosts: readonly string[] }

/** Resources and services that are not in both as they are. */
export function changeBetween(before: MeshModel, after: MeshModel): Change {
  if (before.trustDomain !== after.trustDomain) return 'everything'
  const resources = differing(before.resources, after.resources, nameOf, isSameResource)
  const services = differing(before.services, after.services, keyOf, isSameService)
  if (resources.length === 0 && services.length === 0) return 'nothing'
  return { resources, hosts: services.map(({ host }) => host) }
}

/** Says of a compiled snapshot whether it has to be compiled anew: of its namespace, and of the hosts that it speaks of, its own first. */
export function touches(
  change: Change,
  before: PreparedModel,
  after: PreparedModel,
): (namespace: string, hosts: readonly string[]) => boolean {
  if (change === 'nothing') return () => false
  if (change === 'everything') return () => true
  const namespaces = new Set<string>()
  const called = new HostIndex<true>()
  const named = new HostIndex<true>()
  for (const host of change.hosts) named.add(host, true)
  for (const resource of change.resources) {
    const reach = reachOf(resource, before, after)
    if (reach === 'everything') return () => true
    for (const host of reach.called ?? []) called.add(host, true)
    for (const host of reach.named ?? []) named.add(host, true)
    if (reach.namespace !== undefined) namespaces.add(reach.namespace)
  }
  const fits = (index: HostIndex<true>) => (host: string) => index.match(host).length > 0
  return (namespace, [host = '', ...others]) =>
    namespaces.has(namespace) || fits(called)(host) || [host, ...others].some(fits(named))
}

/** Kinds that say what a workload lets in, and what is measured there. */
const INBOUND: readonly Kind[] = [
  'AuthorizationPolicy',
  'ConfigMap',
  'PeerAuthentication',
  'RequestAuthentication',
  'Sidecar',
  'Telemetry',
]

/** Whether policies of workloads have to be compiled anew. They do not depend on services. */
export function touchesInbound(change: Change): boolean {
  if (change === 'nothing') return false
  return change === 'everything' || change.resources.some(({ kind }) => INBOUND.includes(kind))
}

interface Reach {
  /** Touches who calls one of these. */
  readonly called?: readonly string[]
  /** Touches also whoever is routed to one of them. */
  readonly named?: readonly string[]
  readonly namespace?: string
}

function reachOf(resource: Resource, before: PreparedModel, after: PreparedModel): Reach | 'everything' {
  const { namespace } = resource
  const isRoot = namespace === after.rootNamespace || namespace === before.rootNamespace
  switch (resource.kind) {
    case 'VirtualService':
      return (resource.spec.hosts ?? []).length > 0
        ? { called: hostsOf(resource) }
        : { called: [before, after].flatMap((model) => rootsOf(resource, model).flatMap(hostsOf)) }
    case 'DestinationRule':
      return { named: [expandHost(resource.spec.host, namespace)] }
    case 'ServiceEntry':
      // A wildcard VirtualService may speak for other hosts as soon as a service has one of them.
      return resource.spec.hosts.some((host) => host.startsWith('*'))
        ? 'everything'
        : { named: resource.spec.hosts.map((host) => host.toLowerCase()) }
    case 'Sidecar':
      return isRoot ? 'everything' : { namespace }
    case 'WorkloadEntry':
    case 'PeerAuthentication':
    case 'ConfigMap':
      return 'everything'
    default:
      // These say nothing of how a host is called.
      return {}
  }
}

const hostsOf = ({ namespace, spec }: ResourceOf<'VirtualService'>): string[] =>
  (spec.hosts ?? []).map((host) => expandHost(host, namespace))

/** Who delegates to it. */
function rootsOf(delegate: Resource, model: PreparedModel): ResourceOf<'VirtualService'>[] {
  return model.of('VirtualService').filter(({ namespace, spec }) =>
    (spec.http ?? []).some(({ delegate: written }) => {
      if (written === undefined || written.name !== delegate.name) return false
      return ((written.namespace ?? '') === '' ? namespace : written.namespace) === delegate.namespace
    }),
  )
}

function differing<T extends object>(
  before: readonly T[],
  after: readonly T[],
  key: (value: T) => string,
  isSame: (a: T, b: T) => boolean,
): T[] {
  if (before === after) return []
  // Nearly all of them stand where they stood.
  const gone = before.filter((value, index) => after[index] !== value)
  const come = after.filter((value, index) => before[index] !== value)
  const known = new Map(gone.map((value) => [key(value), value]))
  const changed: T[] = []
  for (const value of come) {
    const name = key(value)
    const was = known.get(name)
    known.delete(name)
    if (was === value || (was !== undefined && isSame(was, value))) continue
    changed.push(value)
    if (was !== undefined) changed.push(was)
  }
  return [...changed, ...known.values()]
}

function isSameResource(a: Resource, b: Resource): boolean {
  const meant = ({ spec, labels, annotations, createdAt }: Resource) =>
    JSON.stringify([spec, labels, annotations, createdAt])
  return meant(a) === meant(b)
}

const keyOf = ({ host, namespace, name }: MeshService): string => `${host} ${namespace}/${name}`
const isSameService = (a: MeshService, b: MeshService): boolean => JSON.stringify(a) === JSON.stringify(b)
