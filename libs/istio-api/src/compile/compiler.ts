/** The door to compilation: resources and services go in once, and each snapshot is made from them when it is asked for. */
import type { EndpointsSnapshot, GatewaySnapshot, InboundSnapshot, OutboundSnapshot } from '@meshmart/mesh-policy'
import { compileGateways } from './gateways.ts'
import { compileInbound } from './inbound.ts'
import { prepareModel, type MeshModel } from './model.ts'
import { compileOutbound } from './outbound.ts'
import type { Labels } from './selection.ts'
import { endpointsOfEntry, entryFor } from './service-entry.ts'

export interface Compiler {
  /** The full host behind a name as a caller in `namespace` writes it; null where neither a service nor a VirtualService has it. */
  resolveHost(namespace: string, host: string): string | null
  /** @param host fully qualified; @returns null where the mesh does not know it */
  compileOutbound(namespace: string, host: string): OutboundSnapshot | null
  /**
   * @param labels that the control plane gives the workload, such as `{ app: 'orders' }`
   * @param replicas what its leases say of themselves; heard only where that adds a restriction
   */
  compileInbound(namespace: string, workload: string, labels: Labels, replicas?: readonly Labels[]): InboundSnapshot
  /** One per selector. */
  compileGateways(): GatewaySnapshot[]
  /** Hosts of ServiceEntries; also `*.example.com`, whose endpoints are compiled for each host below it that is called. */
  readonly entryHosts: readonly string[]
  /** Who answers for a host of a ServiceEntry; null where it is not one. */
  compileEndpoints(host: string): EndpointsSnapshot | null
}

/** @param model resources as `parseResources` returned them: without errors */
export function createCompiler(model: MeshModel): Compiler {
  const prepared = prepareModel(model)
  const { services, resources, trustDomain } = prepared
  return {
    resolveHost(namespace, host) {
      const found = services.resolve(namespace, host)
      if (found !== null) return found.host
      return compileOutbound(prepared, namespace, host.toLowerCase()) === null ? null : host.toLowerCase()
    },
    compileOutbound: (namespace, host) => compileOutbound(prepared, namespace, host),
    compileInbound: (namespace, workload, labels, replicas = []) =>
      compileInbound(prepared, namespace, workload, labels, replicas),
    compileGateways: () => compileGateways(prepared),
    entryHosts: services.all.filter(({ entry }) => entry !== undefined).map(({ host }) => host),
    compileEndpoints(host) {
      const service = services.find(host)
      const entry = service?.entry === undefined ? null : entryFor(resources, service.host)
      return entry === null ? null : endpointsOfEntry(entry, host, resources, trustDomain)
    },
  }
}
