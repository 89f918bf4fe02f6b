/** Fields that Istio keeps for old files. */
import type { Analyzer } from '../analyzer.ts'

export const deprecatedFields: Analyzer = (context, report) => {
  for (const resource of context.of('VirtualService')) {
    const index = (resource.spec.http ?? []).findIndex(({ fault }) => (fault?.delay?.percent ?? 0) > 0)
    if (index !== -1) {
      const path = ['spec', 'http', index, 'fault', 'delay', 'percent']
      report(
        'IST0002',
        resource,
        path,
        'HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage',
      )
    }
  }
  for (const sidecar of context.of('Sidecar')) {
    if (sidecar.spec.outboundTrafficPolicy?.egressProxy === undefined) continue
    report(
      'IST0002',
      sidecar,
      ['spec', 'outboundTrafficPolicy', 'egressProxy'],
      'OutboundTrafficPolicy.EgressProxy ignored',
    )
  }
}
