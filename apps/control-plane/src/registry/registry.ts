/**
 * Who answers for a host right now. A service that was seen once stays known, with no endpoints if need be: its callers must hear "no healthy
 * upstream", not "unknown host". There are at most as many names as NATS has users, so this does not grow.
 *
 * After a restart the leases are not there yet although the replicas are. Until `holdUntil` what was known before is therefore only added
 * to, never taken away: sidecars go on with what they last knew.
 */
import type { Endpoint, EndpointsSnapshot } from '@meshmart/mesh-policy'
import { serviceHost, type LeaseKey } from './lease.ts'

export interface ServiceName {
  readonly namespace: string
  readonly service: string
}
interface Service extends ServiceName {
  readonly leases: Map<string, Endpoint>
  readonly held: Map<string, Endpoint>
}

export class Registry {
  readonly #services = new Map<string, Service>()
  #holdUntil = 0

  get services(): readonly ServiceName[] {
    return [...this.#services.values()].map(({ namespace, service }) => ({ namespace, service }))
  }

  /** Hosts known to the mesh, sorted. */
  get hosts(): string[] {
    return [...this.#services.keys()].toSorted()
  }

  /** Makes a service known; true if it was not. */
  know(name: ServiceName): boolean {
    const host = serviceHost(name.namespace, name.service)
    if (this.#services.has(host)) return false
    this.#services.set(host, { ...name, leases: new Map(), held: new Map() })
    return true
  }

  /** True if it says something new; most renewals do not. */
  renew(key: LeaseKey, endpoint: Endpoint): boolean {
    this.know(key)
    const leases = this.#of(key)?.leases
    const before = leases?.get(key.instance)
    leases?.set(key.instance, endpoint)
    return JSON.stringify(before) !== JSON.stringify(endpoint)
  }

  /** Deleted by its owner or expired. A deletion is news, so the endpoint is not held any longer either. */
  end(key: LeaseKey): void {
    this.#of(key)?.leases.delete(key.instance)
    this.#of(key)?.held.delete(key.instance)
  }

  /** Leases are about to be read anew: until `until` (ms since 1970) what was published before stands beside them. */
  startOver(published: readonly EndpointsSnapshot[], until: number): void {
    this.#holdUntil = until
    for (const service of this.#services.values()) {
      service.leases.clear()
      service.held.clear()
    }
    for (const { host, endpoints } of published) {
      this.#knowHost(host)
      for (const endpoint of endpoints) this.#services.get(host)?.held.set(endpoint.instance, endpoint)
    }
  }

  /** Endpoints of a host by replica name, so that the same endpoints always make the same snapshot. */
  snapshot(host: string, now: number): EndpointsSnapshot {
    const service = this.#services.get(host)
    const known = new Map([...((now < this.#holdUntil && service?.held) || []), ...(service?.leases ?? [])])
    const endpoints = [...known.values()].toSorted((a, b) => (a.instance < b.instance ? -1 : 1))
    return { host, endpoints }
  }

  #knowHost(host: string): void {
    const [service = '', namespace = ''] = host.split('.')
    this.know({ namespace, service })
  }

  #of(name: ServiceName): Service | undefined {
    return this.#services.get(serviceHost(name.namespace, name.service))
  }
}
