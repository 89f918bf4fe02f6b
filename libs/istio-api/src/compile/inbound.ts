/**
 * What a workload lets in. PeerAuthentication: the most specific wins (a selector that fits, then the namespace, then the root namespace), and
 * STRICT where none speaks: Istio's own default is PERMISSIVE. AuthorizationPolicies add up: root namespace, namespace, selectors.
 */
import type {
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationSource,
  CompiledAuthorizationPolicy,
  InboundSnapshot,
} from '@meshmart/mesh-policy'
import { nameOf, ofKind, type AuthorizationRuleSpec, type ResourceOf } from '../resource.ts'
import { ROOT_NAMESPACE, type MeshModel } from './model.ts'

type Labels = Readonly<Record<string, string>>

export function compileInbound(model: MeshModel, namespace: string, workload: string, labels: Labels): InboundSnapshot {
  return {
    namespace,
    workload,
    peerAuthentication: compilePeerAuthentication(ofKind(model.resources, 'PeerAuthentication'), namespace, labels),
    authorizationPolicies: ofKind(model.resources, 'AuthorizationPolicy')
      .filter((policy) => appliesTo(policy, namespace, labels))
      .map(compileAuthorizationPolicy),
  }
}

function compilePeerAuthentication(
  policies: readonly ResourceOf<'PeerAuthentication'>[],
  namespace: string,
  labels: Labels,
): InboundSnapshot['peerAuthentication'] {
  const applying = policies.filter((policy) => appliesTo(policy, namespace, labels))
  const byScope = [
    applying.filter(hasSelector),
    applying.filter((policy) => !hasSelector(policy) && policy.namespace !== ROOT_NAMESPACE),
    applying.filter((policy) => !hasSelector(policy) && policy.namespace === ROOT_NAMESPACE),
  ]
  for (const policy of byScope.flatMap((scope) => scope.slice(0, 1))) {
    const mode = policy.spec.mtls?.mode
    // UNSET passes the question on to the next wider scope.
    if (mode !== undefined && mode !== 'UNSET') return { mode, source: nameOf(policy) }
  }
  return { mode: 'STRICT', source: 'default' }
}

type Selecting = ResourceOf<'PeerAuthentication'> | ResourceOf<'AuthorizationPolicy'>

function appliesTo(policy: Selecting, namespace: string, labels: Labels): boolean {
  if (policy.namespace !== namespace && policy.namespace !== ROOT_NAMESPACE) return false
  const wanted = Object.entries(policy.spec.selector?.matchLabels ?? {})
  return wanted.every(([name, value]) => labels[name] === value)
}

function hasSelector(policy: Selecting): boolean {
  return Object.keys(policy.spec.selector?.matchLabels ?? {}).length > 0
}

function compileAuthorizationPolicy(policy: ResourceOf<'AuthorizationPolicy'>): CompiledAuthorizationPolicy {
  return {
    source: nameOf(policy),
    action: policy.spec.action === 'DENY' ? 'DENY' : 'ALLOW',
    rules: (policy.spec.rules ?? []).map(compileRule),
  }
}

/** Only the fields that the snapshot knows are left by validation, so that they can be taken as they stand. */
function compileRule(rule: AuthorizationRuleSpec): AuthorizationRule {
  return {
    from: (rule.from ?? []).map(({ source }): AuthorizationSource => ({ ...source })),
    to: (rule.to ?? []).map(({ operation }): AuthorizationOperation => ({ ...operation })),
  }
}
