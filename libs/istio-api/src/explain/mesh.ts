/** What explanations are made from: the resources as they are compiled, and the services with what listeners ask about them. */
import { prepareModel, meshConfigOf, type PreparedModel } from '../compile/model.ts'
import { compareAge } from '../compile/order.ts'
import type { MeshService } from '../compile/service.ts'
import type { MeshWorkload } from '../compile/workload.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { ReadMesh } from '../kubernetes/read-mesh.ts'
import type { ResourceOf } from '../resource.ts'
import { serviceEndpoints, type ServiceEndpoint } from './endpoints.ts'
import { kubernetesServices, podWorkloads } from './kubernetes-services.ts'
import { protocolOf, type Protocol } from './port-protocol.ts'

export interface ExplainedMesh {
  readonly model: PreparedModel
  readonly kubernetes: readonly KubernetesObject[]
  readonly pods: readonly MeshWorkload[]
  /** The oldest first. */
  readonly services: readonly ExplainedService[]
  /** Other names, such as those of ExternalName Services, by the host that they stand for. */
  readonly aliases: readonly { readonly service: MeshService; readonly externalName: string }[]
  /** What only a mesh that runs knows; null where it was read from files. */
  readonly running: RunningTraits | null
}

export interface RunningTraits {
  /** SPIFFE ids that every sidecar refuses. */
  readonly denied: ReadonlySet<string>
}

export interface ExplainedService {
  readonly service: MeshService
  readonly registry: 'Kubernetes' | 'ServiceEntry'
  readonly protocols: Readonly<Record<string, Protocol>>
  /** Connections go where they were going: a headless Service, or a ServiceEntry of resolution NONE. */
  readonly passthrough: boolean
  /** Addresses and blocks that it is called by; empty where it has none of its own. */
  readonly addresses: readonly string[]
  readonly endpoints: readonly ServiceEndpoint[]
}

export function explainedMesh(read: ReadMesh): ExplainedMesh {
  const found = kubernetesServices(read.kubernetes)
  const trustDomain = meshConfigOf(read.resources).trustDomain ?? 'cluster.local'
  const concrete = found.filter(({ externalName }) => externalName === null)
  const pods = podWorkloads(read.kubernetes, trustDomain)
  const model = prepareModel({
    resources: read.resources,
    services: concrete.map(({ service }) => service),
    workloads: pods,
  })
  const kubernetes = concrete.map(({ service, protocols, headless }): ExplainedService => ({
    service,
    registry: 'Kubernetes',
    protocols,
    passthrough: headless,
    addresses: service.addresses ?? [],
    endpoints: serviceEndpoints(model, read.kubernetes, service, null, pods),
  }))
  const entries = model.of('ServiceEntry').flatMap((entry) => entryServices(model, read.kubernetes, entry, pods))
  return {
    model,
    kubernetes: read.kubernetes,
    pods,
    services: [...kubernetes, ...entries].toSorted((a, b) => compareAge(a.service, b.service)),
    aliases: found.flatMap(({ service, externalName }) => (externalName === null ? [] : [{ service, externalName }])),
    running: null,
  }
}

export function entryServices(
  model: PreparedModel,
  objects: readonly KubernetesObject[],
  entry: ResourceOf<'ServiceEntry'>,
  pods: readonly MeshWorkload[],
): ExplainedService[] {
  const { spec } = entry
  return spec.hosts.flatMap((host) => {
    const service = model.services
      .at(host.toLowerCase())
      .find((each) => each.entry?.source === entry.name && each.namespace === entry.namespace)
    if (service === undefined) return []
    return [
      {
        service,
        registry: 'ServiceEntry',
        protocols: Object.fromEntries(
          (spec.ports ?? []).map(({ number, protocol }) => [String(number), protocolOf(protocol ?? '')]),
        ),
        passthrough: (spec.resolution ?? 'NONE') === 'NONE',
        addresses: (spec.addresses ?? []).map(withoutFullLength),
        endpoints: serviceEndpoints(model, objects, service, entry, pods),
      },
    ]
  })
}

/** A block of one address is that address. */
function withoutFullLength(address: string): string {
  const [host = '', length] = address.split('/')
  return length === (host.includes(':') ? '128' : '32') ? host : address
}
