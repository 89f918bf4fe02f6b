/** Services as the registry knows them, and how a caller may name one. */
import { CLUSTER_DOMAIN } from '../host.ts'

export interface MeshService {
  /** `inventory.meshmart.svc.cluster.local` */
  readonly host: string
  readonly namespace: string
  readonly name: string
  readonly ports: readonly number[]
  /** SPIFFE ids that its endpoints may prove. */
  readonly accounts: readonly string[]
}

/**
 * The full host behind a name that a caller in `namespace` used, as Kubernetes' DNS would find it: `name`, `name.namespace`,
 * `name.namespace.svc` or the whole; null where no service has it.
 */
export function resolveService(services: readonly MeshService[], namespace: string, name: string): MeshService | null {
  const host = name.toLowerCase()
  const candidates = [
    host,
    `${host}.${namespace}.${CLUSTER_DOMAIN}`,
    `${host}.${CLUSTER_DOMAIN}`,
    `${host}.cluster.local`,
  ]
  return services.find((service) => candidates.includes(service.host)) ?? null
}
