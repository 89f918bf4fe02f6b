/**
 * The mesh that is measured: services in ten namespaces, three replicas each, a VirtualService and a DestinationRule for each of them, and sidecars that call a
 * few of them. Everybody calls the first service, as everybody calls the one that knows who a customer is.
 */
import { formatYaml } from '@meshmart/istio-api'

const NAMESPACES = 10
const HOSTS_CALLED = 10
export const REPLICAS = 3

export interface MeshSize {
  readonly services: number
  readonly sidecars: number
}
export interface ServiceName {
  readonly namespace: string
  readonly name: string
  readonly host: string
}

export function serviceAt(index: number): ServiceName {
  const [namespace, name] = [`team-${index % NAMESPACES}`, `service-${index}`]
  return { namespace, name, host: `${name}.${namespace}.svc.cluster.local` }
}

/** Services that the sidecar of the first replica of service `index` calls; the same in each run. */
export function callsOf(index: number, { services }: MeshSize): number[] {
  const calls = new Set([0])
  for (let step = 1; calls.size < Math.min(HOSTS_CALLED, services); step++)
    calls.add((index * 41 + step * 97) % services)
  return [...calls]
}

/** Sidecars by the service that they call. */
export function callersOf(size: MeshSize): ReadonlyMap<number, readonly number[]> {
  const callers = new Map<number, number[]>()
  for (let sidecar = 0; sidecar < size.sidecars; sidecar++)
    for (const called of callsOf(sidecar, size)) callers.set(called, [...(callers.get(called) ?? []), sidecar])
  return callers
}

/** One document. @param seconds of its timeout, which is what a change changes */
export function virtualService(index: number, seconds: number): string {
  const { name } = serviceAt(index)
  const to = (subset: string, weight: number): object => ({ destination: { host: name, subset }, weight })
  return document('VirtualService', index, {
    hosts: [name],
    http: [
      { match: [{ uri: { prefix: '/canary' } }], route: [to('v2', 100)], timeout: `${seconds}s` },
      {
        route: [to('v1', 90), to('v2', 10)],
        retries: { attempts: 2, perTryTimeout: '2s', retryOn: 'connect-failure,refused-stream,503' },
      },
    ],
  })
}

export function destinationRule(index: number): string {
  const version = (name: string): object => ({ name, labels: { version: name } })
  return document('DestinationRule', index, {
    host: serviceAt(index).name,
    trafficPolicy: {
      connectionPool: { tcp: { maxConnections: 100 } },
      outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
    },
    subsets: [version('v1'), version('v2')],
  })
}

/** Everything as one file of many documents. */
export const configurationOf = ({ services }: MeshSize): string =>
  Array.from({ length: services }, (_, index) => [virtualService(index, 10), destinationRule(index)])
    .flat()
    .join('---\n')

/** The same services as Kubernetes has them, for analysis without a running mesh. */
export const kubernetesServicesOf = ({ services }: MeshSize): string =>
  Array.from({ length: services }, (_, index) => {
    const { name, namespace } = serviceAt(index)
    const spec = { selector: { app: name }, ports: [{ name: 'http', port: 80 }] }
    return formatYaml({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec })
  }).join('---\n')

function document(kind: string, index: number, spec: object): string {
  const { name, namespace } = serviceAt(index)
  return formatYaml({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace }, spec })
}
