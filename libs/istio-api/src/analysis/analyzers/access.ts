/** Policies that let nobody through, and tokens that nobody has to show. */
import type { AuthorizationRuleSpec } from '../../resource.ts'
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext, Of } from '../context.ts'
import { covers } from '../selector.ts'

type Policy = Of<'AuthorizationPolicy'>
type Scoped = Policy | Of<'RequestAuthentication'>

export const denyingPolicies: Analyzer = (context, report) => {
  const policies = context.of('AuthorizationPolicy')
  for (const policy of policies) {
    const { action = 'ALLOW', rules = [] } = policy.spec
    if (action === 'DENY' && rules.some(isEverything)) {
      const index = rules.findIndex(isEverything)
      report('MM0003', policy, ['spec', 'rules', index], 'a DENY rule without conditions fits every request')
    }
    if (action !== 'ALLOW' || rules.length > 0) continue
    const opens = policies.some((other) => isOpening(other) && mayMeet(context, policy, other))
    if (!opens)
      report('MM0003', policy, ['spec'], 'an ALLOW policy without rules, and no other one allows anything there')
  }
}

const isEverything = ({ from, to, when }: AuthorizationRuleSpec): boolean =>
  (from ?? []).length === 0 && (to ?? []).length === 0 && (when ?? []).length === 0

const isOpening = ({ spec }: Policy): boolean => (spec.action ?? 'ALLOW') === 'ALLOW' && (spec.rules ?? []).length > 0

/** Whether there may be a workload that both mean. */
function mayMeet(context: AnalysisContext, a: Scoped, b: Scoped): boolean {
  const root = context.rootNamespace
  if (a.namespace !== b.namespace && a.namespace !== root && b.namespace !== root) return false
  const [one, two] = [a.spec.selector?.matchLabels ?? {}, b.spec.selector?.matchLabels ?? {}]
  return Object.entries(one).every(([name, value]) => two[name] === undefined || two[name] === value)
}

export const tokensRequired: Analyzer = (context, report) => {
  const policies = context.of('AuthorizationPolicy')
  for (const authentication of context.of('RequestAuthentication')) {
    if ((authentication.spec.jwtRules ?? []).length === 0) continue
    const isRequired = policies.some((policy) => asksForToken(policy) && mayMeet(context, authentication, policy))
    if (!isRequired) report('MM0005', authentication, ['spec', 'jwtRules'])
  }
}

function asksForToken({ spec }: Policy): boolean {
  // An authoriser may ask for whatever it likes.
  if (spec.action === 'CUSTOM') return true
  return (spec.rules ?? []).some(
    ({ from, when }) =>
      (from ?? []).some(
        ({ source }) => (source?.requestPrincipals ?? []).length > 0 || (source?.notRequestPrincipals ?? []).length > 0,
      ) || (when ?? []).some(({ key }) => key?.startsWith('request.auth.') === true),
  )
}

/** A selector that the mesh cannot follow: the registry gives its workloads the label `app` and nothing else. */
export const selectorsOfRegistry: Analyzer = (context, report) => {
  if (context.input.kubernetes.length > 0) return
  const gateways = context.of('Gateway')
  const policies = [
    // What only restricts also hears what workloads say of themselves.
    ...context.of('AuthorizationPolicy').filter(({ spec }) => spec.action === undefined || spec.action === 'ALLOW'),
    ...context.of('PeerAuthentication'),
    ...context.of('RequestAuthentication'),
  ]
  for (const policy of policies) {
    const labels = policy.spec.selector?.matchLabels ?? {}
    if (Object.keys(labels).every((name) => name === 'app')) continue
    const isGateway = gateways.some(({ spec }) => covers(labels, spec.selector))
    if (isGateway && policy.kind !== 'PeerAuthentication') continue
    report('MM0014', policy, ['spec', 'selector', 'matchLabels'])
  }
}
