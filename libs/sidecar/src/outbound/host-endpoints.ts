/**
 * Who answers for one host: what the snapshot says, with names in the place of addresses resolved. Outside of the mesh it may say nobody (a ServiceEntry with
 * resolution NONE): then a connection goes to the host that was asked for.
 */
import net from 'node:net'
import type { Cluster, Endpoint, EndpointsSnapshot } from '@meshmart/mesh-policy'
import type { SnapshotSource, Watch } from '../discovery/snapshot-source.ts'
import type { NameResolver } from './name-resolver.ts'

export class HostEndpoints {
  readonly #host: string
  readonly #names: NameResolver
  readonly #changed: () => void
  readonly #watch: Watch
  #endpoints: readonly Endpoint[] | null = null
  #held: ReadonlySet<string> = new Set()
  #goesToHost = false

  constructor(host: string, source: SnapshotSource, names: NameResolver, changed: () => void) {
    this.#host = host
    this.#names = names
    this.#changed = changed
    this.#watch = source.watch<EndpointsSnapshot>(`endpoints.${host}`, (snapshot) => {
      this.#endpoints = snapshot?.endpoints ?? []
      this.#hold()
      changed()
    })
  }

  /** The snapshot has come, and every name in it was asked for. */
  get arrived(): boolean {
    if (this.#endpoints === null) return false
    for (const name of this.#held) if (this.#names.addressesOf(name) === null) return false
    return true
  }

  of(cluster: Cluster): readonly Endpoint[] {
    if (this.#endpoints === null) return []
    if (this.#endpoints.length > 0 || !goesToHost(cluster))
      return this.#endpoints.flatMap((each) => this.#resolved(each, cluster.oneAddressPerName === true))
    this.#goesToHost = true
    this.#hold()
    return this.#resolved(theHostItself(cluster), false)
  }

  stop(): void {
    this.#watch.stop()
    for (const name of this.#held) this.#names.release(name, this.#changed)
    this.#held = new Set()
  }

  #hold(): void {
    const addresses = (this.#endpoints ?? []).map(({ address }) => address)
    if (this.#goesToHost && addresses.length === 0) addresses.push(this.#host)
    const held = new Set(addresses.filter((address) => address !== '' && net.isIP(address) === 0))
    for (const name of held) if (!this.#held.has(name)) this.#names.hold(name, this.#changed)
    for (const name of this.#held) if (!held.has(name)) this.#names.release(name, this.#changed)
    this.#held = held
  }

  /** As many as its name has addresses: each counts on its own, as Envoy's STRICT_DNS. @param onlyOne the first of them, as its LOGICAL_DNS */
  #resolved(endpoint: Endpoint, onlyOne: boolean): Endpoint[] {
    const { address, instance } = endpoint
    // Without an address it is reached in a way that this mesh does not go; node would take it for this machine.
    if (address === '') return []
    if (net.isIP(address) !== 0) return [endpoint]
    const known = this.#names.addressesOf(address) ?? []
    const addresses = onlyOne ? known.slice(0, 1) : known
    if (addresses.length === 1) return addresses.map((only) => ({ ...endpoint, address: only }))
    return addresses.map((each) => ({ ...endpoint, address: each, instance: `${instance}@${each}` }))
  }
}

/** Never within the mesh: there somebody must prove who it is, and without endpoints nobody does. */
function goesToHost({ loadBalancer, tls }: Cluster): boolean {
  return loadBalancer === 'PASSTHROUGH' && tls !== 'ISTIO_MUTUAL'
}

function theHostItself({ host, port, subsetLabels }: Cluster): Endpoint {
  return {
    instance: host,
    address: host,
    ports: { [port]: port },
    identity: '',
    transport: 'plaintext',
    labels: subsetLabels,
    locality: '',
    weight: 1,
  }
}
