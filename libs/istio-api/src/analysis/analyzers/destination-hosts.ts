/** Hosts, ports and subsets that VirtualServices send requests to. */
import { CLUSTER_DOMAIN, expandHost } from '../../host.ts'
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext, Of } from '../context.ts'
import { destinationsOf, type PlacedDestination } from '../destinations.ts'
import type { Report } from '../finding.ts'

export const destinationHosts: Analyzer = (context, report) => {
  if (!context.input.servicesKnown) return
  for (const resource of context.of('VirtualService')) {
    for (const placed of destinationsOf(resource)) checkHost(context, resource, placed, report)
  }
}

function checkHost(
  context: AnalysisContext,
  resource: Of<'VirtualService'>,
  { destination, path, isMirror }: PlacedDestination,
  report: Report,
): void {
  const { host, port } = destination
  const known = context.hosts.find(host, resource.namespace, resource.spec.exportTo ?? [])
  if (known === null) {
    report('IST0101', resource, [...path, 'host'], isMirror ? 'mirror host' : 'host', host)
    return
  }
  if (port === undefined) {
    if (known.ports.length > 1) report('IST0112', resource, [...path, 'host'], host, known.ports)
    return
  }
  const number = port.number ?? 0
  if (!known.ports.includes(number)) report('IST0101', resource, [...path, 'port'], 'host:port', `${host}:${number}`)
}

/**
 * What a subset is looked up by. A host of a service is the same wherever it is written; any other one is looked for among the rules of the
 * namespace itself, as Istio does.
 */
function subsetKey(written: string, namespace: string, subset: string): string {
  const host = expandHost(written, namespace)
  return host.endsWith(`.${CLUSTER_DOMAIN}`) ? `${host}+${subset}` : `${namespace}/${host}+${subset}`
}

export const destinationSubsets: Analyzer = (context, report) => {
  const defined = new Set<string>()
  for (const { namespace, spec } of context.of('DestinationRule')) {
    for (const { name } of spec.subsets ?? []) defined.add(subsetKey(spec.host ?? '', namespace, name))
  }
  for (const resource of context.of('VirtualService')) {
    for (const { destination, path, isMirror } of destinationsOf(resource)) {
      const { host, subset = '' } = destination
      if (subset === '' || defined.has(subsetKey(host, resource.namespace, subset))) continue
      const kind = `${isMirror ? 'mirror' : 'host'}+subset in destinationrule`
      report('IST0101', resource, [...path, 'subset'], kind, `${host}+${subset}`)
    }
  }
}

/** A subset of the mesh's routes means nothing to a route of a gateway that names the same host without one. */
export const subsetsBehindGateways: Analyzer = (context, report) => {
  if (!context.input.servicesKnown) return
  const withSubset = new Map<string, Set<string>>()
  for (const { namespace, name, spec } of context.of('VirtualService')) {
    for (const { route } of spec.http ?? []) {
      for (const { destination } of route ?? []) {
        if ((destination?.subset ?? '') === '' || !(spec.hosts ?? []).includes(destination.host)) continue
        const names = withSubset.get(destination.host) ?? new Set()
        withSubset.set(destination.host, names.add(`${namespace}/${name}`))
      }
    }
  }
  for (const resource of context.of('VirtualService')) {
    if ((resource.spec.gateways ?? []).length === 0) continue
    for (const { route } of resource.spec.http ?? []) {
      for (const { destination } of route ?? []) {
        if (destination === undefined || (destination.subset ?? '') !== '') continue
        for (const other of withSubset.get(destination.host) ?? []) {
          report('IST0140', resource, ['metadata', 'name'], other, `${resource.namespace}/${resource.name}`)
        }
      }
    }
  }
}
