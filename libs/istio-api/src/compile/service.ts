/** Services as the registry or a ServiceEntry knows them, who sees them, and how a caller may name one. */
import { carriageOfPort, HostIndex, type Carriage } from '@meshmart/mesh-policy'
import { CLUSTER_DOMAIN } from '../host.ts'
import { compareAge } from './order.ts'
import { isVisible } from './visibility.ts'

type Labels = Readonly<Record<string, string>>

export interface MeshService {
  /** `inventory.meshmart.svc.cluster.local`; of a ServiceEntry also `*.example.com`. */
  readonly host: string
  readonly namespace: string
  readonly name: string
  readonly ports: readonly number[]
  /** Port → Istio's port name, `tcp-db`: its first word is the protocol; HTTP where it is not given. */
  readonly portNames?: Readonly<Record<string, string>>
  /** Port → port of the workload where it is another one, by number or by name: Kubernetes' `targetPort`. */
  readonly targetPorts?: Readonly<Record<string, number | string>>
  /** SPIFFE ids that its endpoints may prove. */
  readonly accounts: readonly string[]
  /** Of the service itself. */
  readonly labels?: Labels
  /** Labels of the workloads that it is made of, where it names them: Kubernetes' `selector`. */
  readonly selector?: Labels
  /** `exportTo` of a ServiceEntry, annotation `networking.istio.io/exportTo` of a Kubernetes Service; see `exportToOfAnnotation`. */
  readonly exportTo?: readonly string[]
  /** Addresses under which it is called as well: cluster IPs, `addresses` of a ServiceEntry. */
  readonly addresses?: readonly string[]
  /** `metadata.creationTimestamp`: of two ServiceEntries for the same host the older counts. */
  readonly createdAt?: string
  /** Where a ServiceEntry made it. */
  readonly entry?: ServiceEntryTraits
}
export interface ServiceEntryTraits {
  readonly resolution: 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'NONE'
  /** Nobody at its endpoints proves an identity of the mesh. */
  readonly plaintext: boolean
  /** What the certificate of a TLS endpoint must name, where the DestinationRule says nothing. */
  readonly subjectAltNames: readonly string[]
  /** Name of the ServiceEntry. */
  readonly source: string
}

/** Services by host and by address, without a walk over all of them. */
export class ServiceTable {
  /** One for each host: the one that counts where several namespaces have it. */
  readonly all: readonly MeshService[]
  readonly #byHost = new HostIndex<MeshService>()
  readonly #hosts = new Set<string>()
  /** `.example.com`, with every service below it. */
  readonly #bySuffix = new Map<string, MeshService[]>()
  readonly #byAddress = new Map<string, MeshService[]>()
  readonly #defaultExportTo: readonly string[] | undefined

  /**
   * Of several with the same host the registry's goes first, so that a ServiceEntry takes no workload's name away, then the oldest.
   * @param defaultExportTo the mesh configuration's `defaultServiceExportTo`
   */
  constructor(services: readonly MeshService[], defaultExportTo?: readonly string[]) {
    this.#defaultExportTo = defaultExportTo
    for (const service of services.toSorted(compareServices)) {
      this.#byHost.add(service.host, service)
      this.#hosts.add(service.host)
      this.#addBelow(service)
      for (const address of service.addresses ?? []) {
        const known = this.#byAddress.get(address)
        if (known === undefined) this.#byAddress.set(address, [service])
        else known.push(service)
      }
    }
    this.all = [...this.#hosts].flatMap((host) => this.#byHost.at(host)[0] ?? [])
  }

  /**
   * @param host fully qualified; also below a wildcard
   * @param namespace of who asks; without it whoever it is visible to
   * @param admits further condition, as of a Sidecar's scope
   */
  find(host: string, namespace?: string, admits?: (service: MeshService) => boolean): MeshService | null {
    if (namespace === undefined) return this.#byHost.match(host)[0] ?? null
    const best = this.#visibleOf(this.#byHost.match(host), namespace, admits)
    return best ?? this.#visibleOf(this.#byHost.all(host), namespace, admits)
  }

  /** Whether a wildcard's pattern fits the host of some service that passes. */
  hasBelow(pattern: string, passes: (service: MeshService) => boolean): boolean {
    const below = pattern === '*' ? this.all : this.#bySuffix.get(pattern.slice(1))
    return below !== undefined && below.some(passes)
  }

  /** All services of exactly that host, whoever sees them. */
  at(host: string): readonly MeshService[] {
    return this.#byHost.at(host)
  }

  isVisible(service: MeshService, namespace: string): boolean {
    return isVisible(service.namespace, service.exportTo, this.#defaultExportTo, namespace)
  }

  /** The service that is called by an address: a cluster IP, or one of a ServiceEntry's `addresses`. */
  findByAddress(address: string, namespace: string): MeshService | null {
    return this.#visibleOf(this.#byAddress.get(address) ?? [], namespace)
  }

  /**
   * The service behind a name that a caller in `namespace` used, as Kubernetes' DNS would find it: `name`, `name.namespace`,
   * `name.namespace.svc`, the whole, or an address; null where no service that the caller sees has it.
   */
  resolve(namespace: string, name: string): { service: MeshService; host: string } | null {
    const written = name.toLowerCase()
    const host = written.endsWith('.') ? written.slice(0, -1) : written
    const qualified = [
      host,
      `${host}.${namespace}.${CLUSTER_DOMAIN}`,
      `${host}.${CLUSTER_DOMAIN}`,
      `${host}.cluster.local`,
    ]
    const exact = qualified.find((candidate) => this.#visibleOf(this.#byHost.at(candidate), namespace) !== null)
    const found = this.find(exact ?? host, namespace) ?? this.findByAddress(host, namespace)
    if (found === null) return null
    const isBelowWildcard = found.host.startsWith('*') && exact === undefined
    return { service: found, host: isBelowWildcard ? host : found.host }
  }

  #addBelow(service: MeshService): void {
    const { host } = service
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const suffix = host.slice(dot)
      const known = this.#bySuffix.get(suffix)
      if (known === undefined) this.#bySuffix.set(suffix, [service])
      else known.push(service)
    }
  }

  /** The caller's own namespace goes first, as in Istio. */
  #visibleOf(
    services: readonly MeshService[],
    namespace: string,
    admits: (service: MeshService) => boolean = () => true,
  ): MeshService | null {
    const visible = services.filter((service) => this.isVisible(service, namespace) && admits(service))
    if (visible.length < 2) return visible[0] ?? null
    const best = visible.filter(({ host }) => host === visible[0]?.host)
    const fromRegistry = best.find(({ entry }) => entry === undefined)
    return fromRegistry ?? best.find((service) => service.namespace === namespace) ?? best[0] ?? null
  }
}

function compareServices(a: MeshService, b: MeshService): number {
  return Number(a.entry !== undefined) - Number(b.entry !== undefined) || compareAge(a, b)
}

export const carriageAt = (service: MeshService, port: number): Carriage =>
  carriageOfPort(port, service.portNames?.[String(port)])

export const httpPortsOf = (service: MeshService): number[] =>
  service.ports.filter((port) => carriageAt(service, port) === 'HTTP')
