/** Kubernetes' Services in the form that is compiled, with what only an explanation asks for beside it. */
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { MeshService } from '../compile/service.ts'
import { exportToOfAnnotation } from '../compile/visibility.ts'
import type { MeshWorkload } from '../compile/workload.ts'
import { CLUSTER_DOMAIN } from '../host.ts'
import { ofKubernetesKind, type KubernetesObject, type KubernetesObjectOf } from '../kubernetes/kubernetes-object.ts'
import { protocolOfPort, type Protocol } from './port-protocol.ts'

export interface KubernetesService {
  readonly service: MeshService
  readonly protocols: Readonly<Record<string, Protocol>>
  /** Has no address of its own: its pods are called. */
  readonly headless: boolean
  /** Of an ExternalName: another name for that host. */
  readonly externalName: string | null
}

type ServiceObject = KubernetesObjectOf<'Service'>
type PortSpec = NonNullable<NonNullable<ServiceObject['content']['spec']>['ports']>[number]

export function kubernetesServices(objects: readonly KubernetesObject[]): KubernetesService[] {
  return ofKubernetesKind(objects, 'Service').map((object) => {
    const spec = object.content.spec ?? {}
    const ports = (spec.ports ?? []).filter((port) => port.port !== undefined)
    const headless = spec.clusterIP === 'None'
    const addresses = headless ? [] : [...new Set([spec.clusterIP ?? '', ...(spec.clusterIPs ?? [])])].filter(Boolean)
    const exportTo = exportToOfAnnotation(object.annotations['networking.istio.io/exportTo'])
    const service: MeshService = {
      host: `${object.name}.${object.namespace}.${CLUSTER_DOMAIN}`,
      namespace: object.namespace,
      name: object.name,
      ports: [...new Set(ports.map(({ port }) => port ?? 0))],
      portNames: byPort(ports, portName),
      targetPorts: byPort(ports, ({ targetPort }) => targetPort),
      accounts: [],
      labels: object.labels,
      ...(spec.selector && { selector: spec.selector }),
      ...(exportTo && { exportTo }),
      ...(addresses.length > 0 && { addresses }),
      ...(object.creationTimestamp !== null && { createdAt: object.creationTimestamp }),
    }
    const isAlias = spec.type === 'ExternalName' && spec.externalName !== undefined && spec.externalName !== ''
    const externalName = isAlias ? (spec.externalName ?? null) : null
    return { service, protocols: byPort(ports, protocolOfPort), headless, externalName }
  })
}

function byPort<T>(ports: readonly PortSpec[], value: (port: PortSpec) => T | undefined): Record<string, T> {
  return Object.fromEntries(
    ports.flatMap((port) => {
      const found = value(port)
      return found === undefined ? [] : [[String(port.port), found]]
    }),
  )
}

/** The compiler reads the protocol in the first word. */
function portName(port: PortSpec): string {
  const protocol = protocolOfPort(port)
  const name = port.name ?? ''
  const fits = protocolOfPort({ name }) === protocol
  if (protocol === 'AUTO' || fits) return name
  return name === '' ? protocol.toLowerCase() : `${protocol.toLowerCase()}-${name}`
}

/** Pods as workloads that selectors find; those without an address are nobody's endpoints. */
export function podWorkloads(objects: readonly KubernetesObject[], trustDomain: string): MeshWorkload[] {
  return ofKubernetesKind(objects, 'Pod').flatMap(({ name, namespace, labels, content }) => {
    const address = content.status?.podIP
    if (address === undefined || address === '') return []
    const account = content.spec?.serviceAccountName ?? 'default'
    const containers = content.spec?.containers ?? []
    const named = containers.flatMap(({ ports = [] }) => {
      return ports.flatMap((port) =>
        port.name === undefined || port.containerPort === undefined ? [] : [[port.name, port.containerPort] as const],
      )
    })
    return [
      {
        name,
        namespace,
        address,
        labels,
        identity: formatSpiffeId({ trustDomain, namespace, account }),
        locality: '',
        weight: 1,
        ports: Object.fromEntries(named),
      },
    ]
  })
}

/** Slices of a Service, the addresses that are ready. */
export interface SliceEndpoint {
  readonly address: string
  /** Name of the port → number. */
  readonly ports: Readonly<Record<string, number>>
}

export function sliceEndpoints(objects: readonly KubernetesObject[], service: MeshService): SliceEndpoint[] | null {
  const slices = ofKubernetesKind(objects, 'EndpointSlice').filter(
    ({ namespace, labels }) => namespace === service.namespace && labels['kubernetes.io/service-name'] === service.name,
  )
  if (slices.length === 0) return null
  return slices.flatMap(({ content }) => {
    const ports = Object.fromEntries(
      (content.ports ?? []).flatMap(({ name, port }) => (port === undefined ? [] : [[name ?? '', port]])),
    )
    return (content.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses = [] }) => addresses.map((address) => ({ address, ports })))
  })
}
