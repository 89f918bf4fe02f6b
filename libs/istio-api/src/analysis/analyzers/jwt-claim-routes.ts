/** Routes of a gateway that ask for claims of a token, where nobody verifies tokens. */
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext, Of } from '../context.ts'
import { selects } from '../selector.ts'

const CLAIM_HEADER = /^@request\.auth\.claims[.[]/

export const jwtClaimRoutes: Analyzer = (context, report) => {
  if (!context.input.servicesKnown) return
  for (const resource of context.of('VirtualService')) {
    const key = claimKey(resource)
    if (key === null) continue
    for (const written of resource.spec.gateways ?? []) {
      const full = written.includes('/') ? written : `${resource.namespace}/${written}`
      const gateway = context.of('Gateway').find(({ namespace, name }) => `${namespace}/${name}` === full)
      if (gateway === undefined) continue
      for (const pod of context.pods) {
        if (!selects(gateway.spec.selector, pod.labels) || isAuthenticated(context, pod)) continue
        report('IST0149', resource, ['metadata', 'name'], key, full, pod.name)
      }
    }
  }
}

function claimKey({ spec }: Of<'VirtualService'>): string | null {
  for (const { match } of spec.http ?? []) {
    for (const { headers = {}, withoutHeaders = {} } of match ?? []) {
      const key = [...Object.keys(headers), ...Object.keys(withoutHeaders)].find((name) =>
        CLAIM_HEADER.test(name.toLowerCase()),
      )
      if (key !== undefined) return key
    }
  }
  return null
}

function isAuthenticated(context: AnalysisContext, pod: AnalysisContext['pods'][number]): boolean {
  return context
    .of('RequestAuthentication')
    .some(
      ({ namespace, spec }) =>
        (namespace === context.rootNamespace || namespace === pod.namespace) &&
        selects(spec.selector?.matchLabels, pod.labels),
    )
}
