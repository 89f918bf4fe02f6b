/**
 * VirtualServices by host and by gateway, for who sees them. Sidecars do not merge: for a host of the mesh the most specific pattern speaks, and of
 * VirtualServices with the same host the first one that has something to say; those that are private to the caller's namespace go before those that are
 * exported to it, and these before everybody's; within each the oldest.
 */
import { HostIndex } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import type { ResourceOf } from '../resource.ts'
import { gatewayName } from './http-match.ts'
import { isVisible } from './visibility.ts'

export type VirtualService = ResourceOf<'VirtualService'>

interface Bound {
  readonly virtualService: VirtualService
  readonly pattern: string
}

export class VirtualServiceIndex {
  readonly #mesh = new HostIndex<Bound>()
  readonly #byGateway = new Map<string, VirtualService[]>()
  readonly #byName = new Map<string, VirtualService>()
  readonly #defaultExportTo: readonly string[] | undefined

  /** @param virtualServices the oldest first; @param defaultExportTo the mesh configuration's `defaultVirtualServiceExportTo` */
  constructor(virtualServices: readonly VirtualService[], defaultExportTo?: readonly string[]) {
    this.#defaultExportTo = defaultExportTo
    for (const virtualService of virtualServices) {
      const { name, namespace, spec } = virtualService
      this.#byName.set(`${namespace}/${name}`, virtualService)
      const gateways = (spec.gateways ?? []).length === 0 ? ['mesh'] : (spec.gateways ?? [])
      for (const gateway of new Set(gateways.map((written) => gatewayName(written, namespace)))) {
        if (gateway === 'mesh') this.#addToMesh(virtualService)
        else this.#addToGateway(gateway, virtualService)
      }
    }
  }

  /** By name, where the namespace sees it: delegates are found so. */
  find(namespace: string, name: string, reader: string): VirtualService | null {
    const found = this.#byName.get(`${namespace}/${name}`)
    return found !== undefined && this.isVisible(found, reader) ? found : null
  }

  isVisible({ namespace, spec }: VirtualService, reader: string): boolean {
    return isVisible(namespace, spec.exportTo, this.#defaultExportTo, reader)
  }

  /**
   * Who may speak for a host that is called from a namespace, the first one first.
   * @param admits further condition, as of a Sidecar's scope
   * @param service that has the host, `*.example.com` where it is below a wildcard; null where no service has it
   * @param onWeb whether the port is HTTP's own, the only one at which a VirtualService speaks for a host that is no service's
   * @param isTaken whether a wildcard's pattern fits some service: then it speaks for services only
   */
  speakersFor(
    host: string,
    namespace: string,
    admits: (virtualService: VirtualService) => boolean,
    service: string | null,
    onWeb: boolean,
    isTaken: (pattern: string) => boolean,
  ): VirtualService[] {
    const seen = (bound: readonly Bound[]): VirtualService[] =>
      this.#ranked(
        bound.map(({ virtualService }) => virtualService),
        namespace,
      ).filter(admits)
    const exact = service === host || onWeb ? seen(this.#mesh.at(host)) : []
    if (service === null) {
      const wider = this.#mesh.all(host).filter(({ pattern }) => pattern !== host && !isTaken(pattern))
      return [...exact, ...[...Map.groupBy(wider, ({ pattern }) => pattern).values()].flatMap(seen)]
    }
    if (service === host && exact.length > 0) return exact
    for (const group of Map.groupBy(this.#mesh.all(service), ({ pattern }) => pattern).values()) {
      const speakers = seen(group)
      if (speakers.length > 0) return [...exact, ...speakers.slice(0, 1)]
    }
    return exact
  }

  /** Those that name a gateway, `namespace/name`, and that the gateway's namespace sees. */
  boundTo(gateway: string, namespace: string): VirtualService[] {
    return this.#ranked(this.#byGateway.get(gateway) ?? [], namespace)
  }

  #addToMesh(virtualService: VirtualService): void {
    const patterns = (virtualService.spec.hosts ?? []).map((host) => expandHost(host, virtualService.namespace))
    for (const pattern of new Set(patterns)) this.#mesh.add(pattern, { virtualService, pattern })
  }

  #addToGateway(gateway: string, virtualService: VirtualService): void {
    const known = this.#byGateway.get(gateway)
    if (known === undefined) this.#byGateway.set(gateway, [virtualService])
    else known.push(virtualService)
  }

  #ranked(virtualServices: readonly VirtualService[], reader: string): VirtualService[] {
    const visible = virtualServices.filter((each) => this.isVisible(each, reader))
    if (visible.length < 2) return visible
    const rank = ({ namespace, spec }: VirtualService): number => {
      const exportTo = (spec.exportTo ?? []).length > 0 ? spec.exportTo : this.#defaultExportTo
      if (exportTo === undefined || exportTo.includes('*')) return 2
      return namespace === reader ? 0 : 1
    }
    return visible.toSorted((a, b) => rank(a) - rank(b))
  }
}
