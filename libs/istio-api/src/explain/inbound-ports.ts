/** Ports that a workload is called at: those of its Sidecar's `ingress`, else those of the services that it belongs to. */
import type { ResourceOf } from '../resource.ts'
import { carries } from '../compile/workload.ts'
import { targetPorts } from './endpoints.ts'
import type { ExplainedMesh, ExplainedService } from './mesh.ts'
import { protocolOf, type Protocol } from './port-protocol.ts'

export interface InboundPort {
  /** Of the workload. */
  readonly target: number
  /** Of the service. */
  readonly port: number
  readonly protocol: Protocol
  /** Null where the Sidecar says so. */
  readonly service: ExplainedService | null
}

export interface CalledWorkload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly address: string | null
}

export function inboundPorts(mesh: ExplainedMesh, workload: CalledWorkload): InboundPort[] {
  // In the mesh that runs it has no effect, and apply says so.
  const ingress = mesh.running === null ? (sidecarOf(mesh, workload)?.spec.ingress ?? []) : []
  const found =
    ingress.length > 0
      ? ingress.map(ingressPort)
      : servicesOf(mesh, workload).flatMap((service) => portsOf(mesh, service, workload))
  const first = new Map<number, InboundPort>()
  // The oldest service says what a port speaks.
  for (const port of found) if (!first.has(port.target)) first.set(port.target, port)
  return [...first.values()]
}

type IngressSpec = NonNullable<ResourceOf<'Sidecar'>['spec']['ingress']>[number]

function ingressPort({ port }: IngressSpec): InboundPort {
  const number = port.number ?? 0
  return { target: number, port: number, protocol: protocolOf(port.protocol ?? ''), service: null }
}

/** The one that selects it, else its namespace's, else the root's. */
function sidecarOf({ model }: ExplainedMesh, { namespace, labels }: CalledWorkload): ResourceOf<'Sidecar'> | undefined {
  const { source } = model.sidecars.scopeOf(namespace, labels)
  return model.of('Sidecar').find((sidecar) => `Sidecar ${sidecar.namespace}/${sidecar.name}` === source)
}

/** Services that have the workload among their endpoints. */
export function servicesOf(mesh: ExplainedMesh, workload: CalledWorkload): ExplainedService[] {
  return mesh.services.filter(({ service, endpoints }) => {
    if (workload.address !== null && endpoints.some(({ address }) => address === workload.address)) return true
    if (service.namespace !== workload.namespace || Object.keys(service.selector ?? {}).length === 0) return false
    return carries(workload.labels, service.selector)
  })
}

/** Ports of one service at the workload. */
export function portsOf(mesh: ExplainedMesh, service: ExplainedService, workload: CalledWorkload): InboundPort[] {
  if (mesh.running !== null) return portsOfReplicas(service, workload)
  const own = service.endpoints.find(({ address }) => address === workload.address)
  const named = podOf(mesh, workload)?.ports ?? {}
  const targets = own?.ports ?? targetPorts(service.service, named)
  return Object.entries(targets).map(([port, target]) => {
    return { target, port: Number(port), protocol: service.protocols[port] ?? 'AUTO', service }
  })
}

/** Where a mesh runs each replica has ports of its own, on one machine at one address. */
function portsOfReplicas(service: ExplainedService, { labels }: CalledWorkload): InboundPort[] {
  const replicas = service.endpoints.filter((each) => carries(each.labels, labels))
  return replicas.flatMap(({ ports, workloadPorts = {} }) =>
    Object.entries({ ...ports, ...workloadPorts }).map(([port, target]) => {
      return { target, port: Number(port), protocol: service.protocols[port] ?? 'AUTO', service }
    }),
  )
}

function podOf({ pods }: ExplainedMesh, { namespace, labels, address }: CalledWorkload) {
  if (address !== null) return pods.find((pod) => pod.address === address)
  return Object.keys(labels).length === 0
    ? undefined
    : pods.find((pod) => pod.namespace === namespace && carries(pod.labels, labels))
}
