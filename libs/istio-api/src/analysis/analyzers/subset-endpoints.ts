/** Weights that send traffic to a subset whose labels no pod of the service carries: that share of the requests fails. */
import { expandHost } from '../../host.ts'
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext, Of } from '../context.ts'
import type { Report } from '../finding.ts'
import { selects, type Labels } from '../selector.ts'

/** Host → subset → its labels. */
type Subsets = ReadonlyMap<string, ReadonlyMap<string, Labels>>

export const subsetEndpoints: Analyzer = (context, report) => {
  if (!context.input.servicesKnown || context.hasRegistry) return
  const subsets = subsetsOf(context)
  for (const resource of context.of('VirtualService')) checkRoutes(context, resource, subsets, report)
}

function subsetsOf(context: AnalysisContext): Subsets {
  const byHost = new Map<string, Map<string, Labels>>()
  for (const { namespace, spec } of context.of('DestinationRule')) {
    const host = expandHost(spec.host ?? '', namespace)
    const known = byHost.get(host) ?? new Map<string, Labels>()
    for (const { name, labels } of spec.subsets ?? []) if (!known.has(name)) known.set(name, { ...labels })
    byHost.set(host, known)
  }
  return byHost
}

function checkRoutes(context: AnalysisContext, resource: Of<'VirtualService'>, subsets: Subsets, report: Report): void {
  for (const field of ['http', 'tcp', 'tls'] as const) {
    for (const [index, { route }] of (resource.spec[field] ?? []).entries()) {
      const total = (route ?? []).reduce((sum, { weight }) => sum + (weight ?? 0), 0)
      for (const [place, { destination, weight }] of (route ?? []).entries()) {
        const share = route?.length === 1 ? 1 : (weight ?? 0) / total
        const { host = '', subset = '' } = destination ?? {}
        if (!(share > 0) || subset === '') continue
        const full = expandHost(host, resource.namespace)
        const labels = subsets.get(full)?.get(subset)
        if (labels === undefined || hasPods(context, full, labels)) continue
        const path = ['spec', field, index, 'route', place, 'destination', 'subset']
        report('MM0001', resource, path, `${Math.round(share * 1000) / 10} %`, subset, full)
      }
    }
  }
}

/** True also where nothing is known of who answers for the host. */
function hasPods(context: AnalysisContext, host: string, labels: Labels): boolean {
  const [name = '', namespace = '', ...domain] = host.split('.')
  if (domain.join('.') !== 'svc.cluster.local') return true
  const selector = context.kubernetes.find('Service', namespace, name)?.content.spec?.selector ?? {}
  if (Object.keys(selector).length === 0) return true
  const pods = context.podsIn(namespace).filter((pod) => selects(selector, pod.labels))
  return pods.length === 0 || pods.some((pod) => selects(labels, pod.labels))
}
