/** AuthorizationPolicies: whom they select, and the namespaces that they name. */
import type { Analyzer } from '../analyzer.ts'
import { push, type Of } from '../context.ts'
import type { Report } from '../finding.ts'
import type { Pod } from '../pods.ts'
import { selects, selectorText, type Labels } from '../selector.ts'
import { isAmbient, isInMesh } from '../sidecar-presence.ts'

type Policy = Of<'AuthorizationPolicy'>

export const policyWorkloads: Analyzer = (context, report) => {
  if (!context.input.servicesKnown || context.hasRegistry) return
  const inMesh = context.pods.filter((pod) => isInMesh(pod, context.kubernetes) || isAmbient(pod.annotations))
  const byNamespace = new Map<string, Pod[]>()
  for (const pod of inMesh) push(byNamespace, pod.namespace, pod)
  for (const policy of context.of('AuthorizationPolicy')) {
    const isMeshWide = policy.namespace === context.rootNamespace
    const { selector } = policy.spec
    // A policy for the whole mesh means whoever comes.
    if (isMeshWide && selector === undefined) continue
    const pods = isMeshWide ? inMesh : (byNamespace.get(policy.namespace) ?? [])
    const labels: Labels = selector?.matchLabels ?? {}
    if (pods.some((pod) => selects(labels, pod.labels))) continue
    const path = selector === undefined ? ['metadata', 'namespace'] : ['spec', 'selector']
    report('IST0127', policy, path, selectorText(labels))
  }
}

export const policyNamespaces: Analyzer = (context, report) => {
  if (!context.input.servicesKnown || context.hasRegistry) return
  const known = context.kubernetes.of('Namespace').map(({ name }) => name)
  for (const policy of context.of('AuthorizationPolicy')) checkNamespaces(policy, known, report)
}

function checkNamespaces(policy: Policy, known: readonly string[], report: Report): void {
  for (const [index, { from }] of (policy.spec.rules ?? []).entries()) {
    for (const [place, { source }] of (from ?? []).entries()) {
      for (const field of ['namespaces', 'notNamespaces'] as const) {
        for (const [position, pattern] of (source?.[field] ?? []).entries()) {
          if (known.some((name) => fits(name, pattern))) continue
          const path = ['spec', 'rules', index, 'from', place, 'source', field, position]
          report('IST0101', policy, path, 'namespace', pattern)
        }
      }
    }
  }
}

function fits(name: string, pattern: string): boolean {
  if (pattern === '*') return true
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1))
  return name.toLowerCase() === pattern.toLowerCase()
}

/** A selector says nothing to the pods of a Gateway of the Gateway API: policies are attached to it by `targetRefs`. */
export const selectorsOfGatewayPods: Analyzer = (context, report) => {
  const policies = [
    ...context.of('AuthorizationPolicy'),
    ...context.of('RequestAuthentication'),
    ...context.of('Telemetry'),
    ...context.of('WasmPlugin'),
  ]
  for (const policy of policies) {
    if (policy.spec.selector === undefined || targetsGateway(policy)) continue
    for (const pod of context.podsIn(policy.namespace)) {
      const gateway = pod.labels['gateway.networking.k8s.io/gateway-name']
      if (gateway === undefined || !selects(policy.spec.selector.matchLabels, pod.labels)) continue
      report('IST0166', policy, ['spec', 'selector'], gateway)
    }
  }
}

const targetsGateway = ({ spec }: { readonly spec: { readonly targetRef?: unknown } }): boolean =>
  spec.targetRef !== undefined
