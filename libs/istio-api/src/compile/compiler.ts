/** The door to compilation: resources and services go in once, and each snapshot is made from them when it is asked for. */
import type { GatewaySnapshot, InboundSnapshot, OutboundSnapshot } from '@meshmart/mesh-policy'
import { compileGateways } from './gateways.ts'
import { compileInbound } from './inbound.ts'
import type { MeshModel } from './model.ts'
import { compileOutbound } from './outbound.ts'
import { resolveService } from './service.ts'

export interface Compiler {
  /** The full host behind a name as a caller in `namespace` writes it; null where neither a service nor a VirtualService has it. */
  resolveHost(namespace: string, host: string): string | null
  /** @param host fully qualified; @returns null where the mesh does not know it */
  compileOutbound(namespace: string, host: string): OutboundSnapshot | null
  /** @param labels of the workload, such as `{ app: 'orders' }` */
  compileInbound(namespace: string, workload: string, labels: Readonly<Record<string, string>>): InboundSnapshot
  /** One per selector. */
  compileGateways(): GatewaySnapshot[]
}

/** @param model resources as `parseResources` returned them: without errors */
export function createCompiler(model: MeshModel): Compiler {
  return {
    resolveHost(namespace, host) {
      const service = resolveService(model.services, namespace, host)
      if (service !== null) return service.host
      return compileOutbound(model, namespace, host.toLowerCase()) === null ? null : host.toLowerCase()
    },
    compileOutbound: (namespace, host) => compileOutbound(model, namespace, host),
    compileInbound: (namespace, workload, labels) => compileInbound(model, namespace, workload, labels),
    compileGateways: () => compileGateways(model),
  }
}
