/**
 * A mesh that runs, as explanations are made from: the resources in force, the services of the registry with the replicas that answer for them now. What is
 * different from files: ports that nobody names are HTTP, replicas are known by their leases and not by the labels of pods, and identities may be denied.
 */
import { prepareModel } from '../compile/model.ts'
import { compareAge } from '../compile/order.ts'
import { endpointsForService } from '../compile/service-entry.ts'
import type { MeshService } from '../compile/service.ts'
import type { Resource } from '../resource.ts'
import type { ServiceEndpoint } from './endpoints.ts'
import { entryServices, type ExplainedMesh, type ExplainedService } from './mesh.ts'
import { protocolOfPort, type Protocol } from './port-protocol.ts'

export interface RunningParts {
  readonly resources: readonly Resource[]
  readonly services: readonly { readonly service: MeshService; readonly endpoints: readonly ServiceEndpoint[] }[]
  readonly trustDomain: string
  /** SPIFFE ids. */
  readonly denied: readonly string[]
}

export function explainedRunningMesh({ resources, services, trustDomain, denied }: RunningParts): ExplainedMesh {
  const model = prepareModel({ resources, services: services.map(({ service }) => service), trustDomain })
  const registered = services.map(({ service, endpoints }): ExplainedService => ({
    service,
    registry: 'Kubernetes',
    protocols: Object.fromEntries(service.ports.map((port) => [String(port), protocolAt(service, port)])),
    passthrough: false,
    addresses: service.addresses ?? [],
    endpoints: [...endpoints, ...endpointsForService(service, model.workloads, trustDomain)],
  }))
  const entries = model.of('ServiceEntry').flatMap((entry) => entryServices(model, [], entry, []))
  return {
    model,
    kubernetes: [],
    pods: [],
    services: [...registered, ...entries].toSorted((a, b) => compareAge(a.service, b.service)),
    aliases: [],
    running: { denied: new Set(denied) },
  }
}

function protocolAt({ portNames = {} }: MeshService, port: number): Protocol {
  const name = portNames[String(port)]
  const protocol = protocolOfPort({ port, ...(name !== undefined && { name }) })
  return protocol === 'AUTO' ? 'HTTP' : protocol
}
