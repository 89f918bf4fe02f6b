/** Services as the registry or a ServiceEntry knows them, and how a caller may name one. */
import { hostMatches, compareHostSpecificity } from '@meshmart/mesh-policy'
import { CLUSTER_DOMAIN } from '../host.ts'
import { carriageOfPort, type Carriage } from '@meshmart/mesh-policy'

export interface MeshService {
  /** `inventory.meshmart.svc.cluster.local`; of a ServiceEntry also `*.example.com`. */
  readonly host: string
  readonly namespace: string
  readonly name: string
  readonly ports: readonly number[]
  /** Port → Istio's port name, `tcp-db`: its first word is the protocol; HTTP where it is not given. */
  readonly portNames?: Readonly<Record<string, string>>
  /** SPIFFE ids that its endpoints may prove. */
  readonly accounts: readonly string[]
  /** Where a ServiceEntry made it. */
  readonly entry?: ServiceEntryTraits
}
export interface ServiceEntryTraits {
  readonly resolution: 'STATIC' | 'DNS' | 'NONE'
  /** Nobody at its endpoints proves an identity of the mesh. */
  readonly plaintext: boolean
  /** What the certificate of a TLS endpoint must name, where the DestinationRule says nothing. */
  readonly subjectAltNames: readonly string[]
}

/** Services by host, without a walk over all of them; the wildcards of ServiceEntries are few. */
export class ServiceTable {
  readonly all: readonly MeshService[]
  readonly #byHost: ReadonlyMap<string, MeshService>
  readonly #wildcards: readonly MeshService[]

  /** Of two with the same host the first one counts. */
  constructor(services: readonly MeshService[]) {
    const byHost = new Map<string, MeshService>()
    for (const service of services) if (!byHost.has(service.host)) byHost.set(service.host, service)
    this.all = [...byHost.values()]
    this.#byHost = byHost
    this.#wildcards = this.all
      .filter(({ host }) => host.startsWith('*'))
      .toSorted((a, b) => compareHostSpecificity(a.host, b.host))
  }

  /** @param host fully qualified */
  find(host: string): MeshService | null {
    return this.#byHost.get(host) ?? this.#wildcards.find((service) => hostMatches(service.host, host)) ?? null
  }

  /**
   * The service behind a name that a caller in `namespace` used, as Kubernetes' DNS would find it: `name`, `name.namespace`,
   * `name.namespace.svc` or the whole; null where no service has it.
   */
  resolve(namespace: string, name: string): { service: MeshService; host: string } | null {
    const host = name.toLowerCase()
    const qualified = [
      host,
      `${host}.${namespace}.${CLUSTER_DOMAIN}`,
      `${host}.${CLUSTER_DOMAIN}`,
      `${host}.cluster.local`,
    ]
    const exact = qualified.find((candidate) => this.#byHost.has(candidate))
    const found = this.find(exact ?? host)
    return found === null ? null : { service: found, host: exact ?? host }
  }
}

export const carriageAt = (service: MeshService, port: number): Carriage =>
  carriageOfPort(port, service.portNames?.[String(port)])

export const httpPortsOf = (service: MeshService): number[] =>
  service.ports.filter((port) => carriageAt(service, port) === 'HTTP')
