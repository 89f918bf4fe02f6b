/**
 * What a service is, as the leases of its replicas tell it: its ports with their protocols, and the labels that replicas carry. Many replicas
 * that say the same make the same shape, so that nothing is compiled anew because one comes or goes.
 */
import type { Endpoint } from '@meshmart/mesh-policy'

type Labels = Readonly<Record<string, string>>

export interface ServiceShape {
  /** In ascending order. */
  readonly ports: readonly number[]
  /** Port → Istio's port name, where a replica gives one. */
  readonly portNames: Readonly<Record<string, string>>
  /** Each set of labels once. */
  readonly labels: readonly Labels[]
}

/** Of a service that no replica has described yet: plain HTTP. */
export const DEFAULT_PORTS: ServiceShape = { ports: [80], portNames: {}, labels: [] }

/** Of replicas that contradict each other about a port's name the first by name is believed, so that the answer does not change with their order. */
export function shapeOf(replicas: readonly Endpoint[]): ServiceShape {
  const ordered = replicas.toSorted((a, b) => (a.instance < b.instance ? -1 : 1))
  const ports = new Set(ordered.flatMap((endpoint) => Object.keys(endpoint.ports).map(Number)))
  const names: Record<string, string> = {}
  for (const { portNames = {} } of ordered) {
    for (const [port, name] of Object.entries(portNames)) names[port] ??= name
  }
  const labels = new Map(ordered.map((endpoint) => [JSON.stringify(sorted(endpoint.labels)), endpoint.labels]))
  return {
    ports: [...ports].toSorted((a, b) => a - b),
    portNames: Object.fromEntries(Object.entries(names).toSorted(([a], [b]) => Number(a) - Number(b))),
    labels: [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => sorted(each)),
  }
}

/** In order of their names: two replicas that carry the same labels say the same thing. */
function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
