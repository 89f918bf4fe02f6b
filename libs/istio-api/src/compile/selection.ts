/**
 * Which workloads a policy is for. A selector is compared with labels that the control plane itself gives (`app`), because a workload says the
 * labels of its lease of itself and must not leave a policy by changing one. What a replica says is heard only where it can add a restriction:
 * DENY, CUSTOM and AUDIT policies and rate limits also apply where any replica of the workload carries the labels.
 */
import { carries, type Labels } from './workload.ts'

export type { Labels } from './workload.ts'

export interface Selecting {
  readonly namespace: string
  readonly spec: { readonly selector?: { readonly matchLabels?: Labels } }
}

/** A workload as policies see it. */
export interface Subject {
  readonly namespace: string
  readonly rootNamespace: string
  readonly labels: Labels
  /** Labels of its replicas' leases. */
  readonly replicas: readonly Labels[]
}

export function appliesTo(policy: Selecting, subject: Subject): boolean {
  return isInScope(policy, subject) && carries(subject.labels, policy.spec.selector?.matchLabels)
}

/** For what only ever restricts. */
export function mayApplyTo(policy: Selecting, subject: Subject): boolean {
  if (appliesTo(policy, subject)) return true
  const wanted = policy.spec.selector?.matchLabels
  return (
    isInScope(policy, subject) && subject.replicas.some((replica) => carries({ ...replica, ...subject.labels }, wanted))
  )
}

export function hasSelector({ spec }: Pick<Selecting, 'spec'>): boolean {
  return Object.keys(spec.selector?.matchLabels ?? {}).length > 0
}

function isInScope(policy: Selecting, { namespace, rootNamespace }: Subject): boolean {
  return policy.namespace === namespace || policy.namespace === rootNamespace
}
