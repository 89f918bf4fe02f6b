/** Who would answer for a service: its slices where there are any, else the pods and WorkloadEntries that it selects. */
import type { PreparedModel } from '../compile/model.ts'
import { endpointsForService, endpointsOfEntry } from '../compile/service-entry.ts'
import type { MeshService } from '../compile/service.ts'
import type { MeshWorkload } from '../compile/workload.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { ResourceOf } from '../resource.ts'
import { sliceEndpoints } from './kubernetes-services.ts'

export interface ServiceEndpoint {
  readonly address: string
  /** Port of the service → port there. */
  readonly ports: Readonly<Record<string, number>>
  /** Port of the service → port of the application, where a sidecar listens at another one before it. */
  readonly workloadPorts?: Readonly<Record<string, number>> | undefined
  readonly labels: Readonly<Record<string, string>>
}

export function serviceEndpoints(
  model: PreparedModel,
  objects: readonly KubernetesObject[],
  service: MeshService,
  entry: ResourceOf<'ServiceEntry'> | null,
  allPods: readonly MeshWorkload[],
): ServiceEndpoint[] {
  if (entry !== null) return [...endpointsOfEntry(entry, service.host, model.workloads, model.trustDomain).endpoints]
  const others = endpointsForService(service, model.workloads, model.trustDomain)
  const pods = model.workloads.pods(service.namespace, service.selector)
  const slices = sliceEndpoints(objects, service)
  if (slices === null) {
    const selected = pods.map(({ address, labels, ports = {} }) => ({
      address,
      labels,
      ports: targetPorts(service, ports),
    }))
    return [...selected, ...others]
  }
  const sliced = slices.map(({ address, ports }) => ({
    address,
    labels: allPods.find((pod) => pod.address === address)?.labels ?? {},
    ports: Object.fromEntries(
      service.ports.flatMap((port) => {
        const target =
          ports[portNameOf(service, port)] ?? (Object.keys(ports).length === 1 ? Object.values(ports)[0] : undefined)
        return target === undefined ? [] : [[String(port), target]]
      }),
    ),
  }))
  return [...sliced, ...others]
}

/** Ports of a workload for each of a service's; a name that the workload does not know is no port. */
export function targetPorts(service: MeshService, named: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    service.ports.flatMap((port) => {
      const target = service.targetPorts?.[String(port)] ?? port
      const number =
        typeof target === 'number' ? target : (named[target] ?? (/^\d+$/.test(target) ? Number(target) : undefined))
      return number === undefined ? [] : [[String(port), number]]
    }),
  )
}

const portNameOf = (service: MeshService, port: number): string => service.portNames?.[String(port)] ?? ''
