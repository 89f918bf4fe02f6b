/**
 * Who answers for a host right now. A service that was seen once stays known, with no endpoints if need be: its callers must hear "no healthy
 * upstream", not "unknown host". There are at most as many names as NATS has users, so this does not grow.
 *
 * After a restart the leases are not there yet although the replicas are. Until `holdUntil` what was known before is therefore only added
 * to, never taken away: sidecars go on with what they last knew.
 */
import type { MeshService } from '@meshmart/istio-api'
import { parseSpiffeId, type Endpoint, type EndpointsSnapshot, type SpiffeId } from '@meshmart/mesh-policy'
import { serviceHost, serviceOfHost, type LeaseKey } from './lease.ts'
import { DEFAULT_PORTS, shapeOf, type ServiceShape } from './service-shape.ts'

export interface ServiceName {
  readonly namespace: string
  readonly service: string
}
/** A service as its replicas describe it. */
export interface RegisteredService extends ServiceName, ServiceShape {
  /** What its owner has said of it in Kubernetes, where it is a Service there. */
  readonly definition?: ServiceDefinition
}
/** What a Kubernetes Service says of itself; who answers for it is the leases' word. */
export type ServiceDefinition = Pick<MeshService, 'ports' | 'portNames' | 'labels' | 'exportTo' | 'addresses'>
interface Service {
  /** Of the last replicas that there were: a service does not change its protocol because nobody is up. */
  described: RegisteredService
  readonly leases: Map<string, Endpoint>
  readonly held: Map<string, Endpoint>
  /** What was last said of its endpoints, until that is no longer so. */
  said: { readonly snapshot: EndpointsSnapshot; readonly holding: boolean; readonly denials: number } | null
}

/** Identities that are denied: nobody is sent to them. */
export interface Denied {
  has(identity: SpiffeId): boolean
  /** Counts its changes. */
  readonly revision: number
}
const NOBODY: Denied = { has: () => false, revision: 0 }

export class Registry {
  readonly #services = new Map<string, Service>()
  readonly #denied: Denied
  #definitions: ReadonlyMap<string, ServiceDefinition> = new Map()
  #holdUntil = 0
  /** Both are made anew only when a service is new or another one. */
  #described: readonly RegisteredService[] | null = null
  #hosts: readonly string[] | null = null

  constructor(denied: Denied = NOBODY) {
    this.#denied = denied
  }

  /** The very same list as long as nothing in it has changed: another replica alone is no change. */
  get services(): readonly RegisteredService[] {
    return (this.#described ??= [...this.#services.values()].map(({ described }) => described))
  }

  /** Replicas that hold a lease. */
  get replicas(): LeaseKey[] {
    return [...this.#services.values()].flatMap(({ described: { namespace, service }, leases }) =>
      [...leases.keys()].map((instance) => ({ namespace, service, instance })),
    )
  }

  /** Hosts known to the mesh, sorted. */
  get hosts(): readonly string[] {
    return (this.#hosts ??= [...this.#services.keys()].toSorted())
  }

  has(host: string): boolean {
    return this.#services.has(host)
  }

  /** Describes the services that are known, now or later, and makes none known. @param definitions by host */
  define(definitions: ReadonlyMap<string, ServiceDefinition>): void {
    this.#definitions = definitions
    for (const service of this.#services.values()) this.#describe(service, service.described)
  }

  /** Makes a service known; true if it was not. */
  know(name: ServiceName): boolean {
    const host = serviceHost(name.namespace, name.service)
    if (this.#services.has(host)) return false
    const { namespace, service } = name
    const described = this.#withDefinition({ namespace, service, ...DEFAULT_PORTS })
    this.#services.set(host, { described, leases: new Map(), held: new Map(), said: null })
    this.#described = null
    this.#hosts = null
    return true
  }

  /** True if it says something new; most renewals do not. */
  renew(key: LeaseKey, endpoint: Endpoint): boolean {
    this.know(key)
    const leases = this.#of(key)?.leases
    const before = leases?.get(key.instance)
    if (JSON.stringify(before) === JSON.stringify(endpoint)) return false
    leases?.set(key.instance, endpoint)
    this.#changed(key)
    return true
  }

  /** Deleted by its owner or expired. A deletion is news, so the endpoint is not held any longer either. */
  end(key: LeaseKey): void {
    this.#of(key)?.leases.delete(key.instance)
    this.#of(key)?.held.delete(key.instance)
    this.#changed(key)
  }

  /** Leases are about to be read anew: until `until` (ms since 1970) what was published before stands beside them. */
  startOver(published: readonly EndpointsSnapshot[], until: number): void {
    this.#holdUntil = until
    for (const service of this.#services.values()) {
      service.leases.clear()
      service.held.clear()
      service.said = null
    }
    for (const { host, endpoints } of published) {
      const name = serviceOfHost(host)
      // What a ServiceEntry published is the configuration's affair, and is compiled anew.
      const own = name === null ? [] : endpoints.filter(({ identity }) => identity.endsWith(accountOf(name)))
      if (name === null || own.length === 0) continue
      this.know(name)
      for (const endpoint of own) this.#services.get(host)?.held.set(endpoint.instance, endpoint)
      this.#changed(name)
    }
  }

  /** Endpoints of a host by replica name, so that the same endpoints always make the same snapshot: the very same one where nothing has changed. */
  snapshot(host: string, now: number): EndpointsSnapshot {
    const service = this.#services.get(host)
    if (service === undefined) return { host, endpoints: [] }
    const [holding, denials] = [now < this.#holdUntil && service.held.size > 0, this.#denied.revision]
    if (service.said?.holding === holding && service.said.denials === denials) return service.said.snapshot
    const endpoints = this.endpointsOf(host, now).flatMap(({ endpoint, ready }) => (ready ? [endpoint] : []))
    const snapshot = { host, endpoints }
    service.said = { snapshot, holding, denials }
    return snapshot
  }

  /** The same with those that nobody is sent to because their identity is denied. */
  endpointsOf(host: string, now: number): { readonly endpoint: Endpoint; readonly ready: boolean }[] {
    const service = this.#services.get(host)
    const known = new Map([...((now < this.#holdUntil && service?.held) || []), ...(service?.leases ?? [])])
    const ordered = [...known.values()].toSorted((a, b) => (a.instance < b.instance ? -1 : 1))
    return ordered.map((endpoint) => ({ endpoint, ready: !this.#isDenied(endpoint.identity) }))
  }

  #isDenied(identity: string): boolean {
    const id = parseSpiffeId(identity)
    return id !== null && this.#denied.has(id)
  }

  /** Of its endpoints something else is to be said, and of the service itself perhaps. */
  #changed(name: ServiceName): void {
    const service = this.#of(name)
    if (service === undefined) return
    service.said = null
    const replicas = new Map([...service.held, ...service.leases])
    if (replicas.size === 0) return
    const { namespace, service: own } = service.described
    this.#describe(service, { namespace, service: own, ...shapeOf([...replicas.values()]) })
  }

  #describe(service: Service, as: RegisteredService): void {
    const described = this.#withDefinition(as)
    if (JSON.stringify(described) === JSON.stringify(service.described)) return
    service.described = described
    this.#described = null
  }

  #withDefinition({ definition: _before, ...rest }: RegisteredService): RegisteredService {
    const definition = this.#definitions.get(serviceHost(rest.namespace, rest.service))
    return definition === undefined ? rest : { ...rest, definition }
  }

  #of(name: ServiceName): Service | undefined {
    return this.#services.get(serviceHost(name.namespace, name.service))
  }
}

const accountOf = ({ namespace, service }: ServiceName): string => `/ns/${namespace}/sa/${service}`
