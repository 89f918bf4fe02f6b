/** Services of Kubernetes: port names, and Deployments that two Services disagree about. */
import type { Analyzer } from '../analyzer.ts'
import { push, type AnalysisContext } from '../context.ts'
import { selects, type Labels } from '../selector.ts'
import { isControlPlane, isInMesh } from '../sidecar-presence.ts'
import { isNamedByProtocol } from '../port-names.ts'

const MANAGED = 'gateway.istio.io/managed'

export const servicePortNames: Analyzer = (context, report) => {
  for (const service of context.kubernetes.of('Service')) {
    if (isControlPlane(service.labels) || service.labels[MANAGED]?.startsWith('istio.io-') === true) continue
    const { ports = [], type } = service.content.spec ?? {}
    const isExternal = type === 'ExternalName'
    for (const [index, port] of ports.entries()) {
      const { name = '', port: number = 0, targetPort } = port
      if (isNamedByProtocol(port) && !(isExternal && name === 'tcp')) continue
      const path = ['spec', 'ports', index]
      if (isExternal) report('IST0150', service, path)
      else report('IST0118', service, path, name, number, String(targetPort ?? 0))
    }
  }
}

interface ServicePort {
  readonly service: string
  readonly port: number
  readonly protocol: string
  readonly target: string
}

export const deploymentServices: Analyzer = (context, report) => {
  for (const deployment of context.kubernetes.of('Deployment')) {
    if (deployment.labels[MANAGED] === 'istio.io-mesh-controller') continue
    const { metadata, spec } = deployment.content.spec?.template ?? {}
    const { labels = {}, annotations = {} } = metadata ?? {}
    const workload = { namespace: deployment.namespace, labels, annotations, containers: spec?.containers ?? [] }
    if (!isInMesh(workload, context.kubernetes)) continue
    const ports = portsSelecting(context, deployment.namespace, labels)
    const path = ['metadata', 'name']
    for (const [port, same] of groupBy(ports, ({ port: number }) => number)) {
      if (new Set(same.map(({ protocol }) => protocol)).size < 2) continue
      report('IST0116', deployment, path, deployment.name, port, same.map(({ service }) => service).toSorted())
    }
    for (const [target, same] of groupBy(ports, (each) => each.target)) {
      // Of two Services that use the same port, the last one stands for it, as in Istio.
      const byPort = new Map(same.map(({ port, service }) => [port, service]))
      if (byPort.size < 2) continue
      const services = [...byPort.values()].toSorted()
      const numbers = [...byPort.keys()].toSorted((a, b) => a - b)
      report('IST0137', deployment, path, deployment.name, services, target, numbers)
    }
  }
}

function portsSelecting(context: AnalysisContext, namespace: string, labels: Labels): ServicePort[] {
  return context.kubernetes.of('Service').flatMap((service): ServicePort[] => {
    const { selector = {}, ports = [] } = service.content.spec ?? {}
    if (service.namespace !== namespace || Object.keys(selector).length === 0 || !selects(selector, labels)) return []
    return ports.map(({ port = 0, protocol = 'TCP', targetPort }) => {
      const written = String(targetPort ?? '')
      const target = written === '' || written === '0' ? String(port) : written
      return { service: `${namespace}/${service.name}`, port, protocol, target }
    })
  })
}

function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) push(groups, keyOf(value), value)
  return groups
}
