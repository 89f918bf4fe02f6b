/** Other resources that are named and not there: delegates, authorisers, the endpoints of a ServiceEntry. */
import { authorizerOf } from '../../compile/authorization.ts'
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext } from '../context.ts'
import { selects } from '../selector.ts'

export const delegates: Analyzer = (context, report) => {
  const targets = new Set(
    context
      .of('VirtualService')
      .filter(({ spec }) => (spec.hosts ?? []).length === 0)
      .map(({ namespace, name }) => `${namespace}/${name}`),
  )
  for (const resource of context.of('VirtualService')) {
    for (const [index, { delegate }] of (resource.spec.http ?? []).entries()) {
      if (delegate === undefined) continue
      const full = `${delegate.namespace ?? resource.namespace}/${delegate.name ?? ''}`
      if (!targets.has(full)) report('MM0009', resource, ['spec', 'http', index, 'delegate'], full)
    }
  }
}

export const authorizers: Analyzer = (context, report) => {
  for (const policy of context.of('AuthorizationPolicy')) {
    if (policy.spec.action !== 'CUSTOM') continue
    const path = ['spec', 'provider', 'name']
    const name = policy.spec.provider?.name
    const authorizer = authorizerOf(name, context.meshConfig)
    if (authorizer === null) {
      report('MM0013', policy, path, `${name} is no envoyExtAuthzHttp of the mesh configuration: its rules deny`)
    } else if (context.input.servicesKnown && context.hosts.find(authorizer.service, policy.namespace, []) === null) {
      report('MM0013', policy, path, `asks a service that is not registered: ${authorizer.service}`)
    }
  }
}

export const selectedEndpoints: Analyzer = (context, report) => {
  for (const entry of context.of('ServiceEntry')) {
    const { workloadSelector } = entry.spec
    if (workloadSelector === undefined) continue
    const { namespace } = entry
    const wanted = workloadSelector.labels ?? {}
    const leftOut = context.input.registered.find((service) => {
      return (
        service.namespace === namespace && Object.keys(wanted).length > 0 && selects(wanted, service.selector ?? {})
      )
    })
    const problem =
      leftOut !== undefined
        ? `leaves out the workloads of ${leftOut.name}: in a running mesh only WorkloadEntries are selected, because labels of a lease are its own word`
        : `selects no WorkloadEntry and no pod of ${namespace}: nobody answers`
    if (leftOut !== undefined || !hasEndpoint(context, namespace, wanted))
      report('MM0012', entry, ['spec', 'workloadSelector'], problem)
  }
}

function hasEndpoint(context: AnalysisContext, namespace: string, wanted: Readonly<Record<string, string>>): boolean {
  const entries = context.of('WorkloadEntry').some(({ namespace: home, labels, spec }) => {
    return home === namespace && selects(wanted, { ...labels, ...spec.labels })
  })
  return entries || context.podsIn(namespace).some(({ labels }) => selects(wanted, labels))
}
