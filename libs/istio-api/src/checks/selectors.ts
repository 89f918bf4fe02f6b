/** Whom a resource is for: labels of workloads, or references to gateways and services. One of the ways, never two. */
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

export interface SelectorSpec {
  readonly matchLabels?: Readonly<Record<string, string>>
}
export interface TargetRefSpec {
  readonly group?: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}
export interface TargetedSpec {
  readonly selector?: SelectorSpec
  readonly targetRef?: TargetRefSpec
  readonly targetRefs?: readonly TargetRefSpec[]
}

const TARGETS = ['/Service', 'networking.istio.io/ServiceEntry', ...gatewayKinds('gateway.networking.k8s.io')]
const MAX_LABEL = 63

function gatewayKinds(group: string): string[] {
  return [`${group}/Gateway`, `${group}/GatewayClass`]
}

export function checkTargets(spec: TargetedSpec, findings: Findings): void {
  const ways = (['selector', 'targetRef', 'targetRefs'] as const).filter((field) => spec[field] !== undefined)
  for (const more of ways.slice(1)) findings.error(['spec', more], `must not stand beside ${ways[0]}`)
  checkSelector(spec.selector, ['spec', 'selector'], findings)
  if (spec.targetRef !== undefined) checkTargetRef(spec.targetRef, ['spec', 'targetRef'], findings)
  for (const [index, target] of (spec.targetRefs ?? []).entries()) {
    checkTargetRef(target, ['spec', 'targetRefs', index], findings)
  }
}

/** `matchLabels` of the newer resources. */
export function checkSelector(selector: SelectorSpec | undefined, path: FieldPath, findings: Findings): void {
  if (selector === undefined) return
  const labels = selector.matchLabels ?? {}
  if (Object.keys(labels).length === 0) findings.advise(path, 'has no labels: it selects every workload')
  checkWantedLabels(labels, [...path, 'matchLabels'], findings)
}

/** `labels` of Sidecar, ServiceEntry and EnvoyFilter. */
export function checkWorkloadSelector(
  selector: { readonly labels?: Readonly<Record<string, string>> } | undefined,
  path: FieldPath,
  findings: Findings,
): void {
  if (selector === undefined) return
  const labels = selector.labels ?? {}
  if (Object.keys(labels).length === 0) findings.advise(path, 'has no labels: it selects every workload')
  checkWantedLabels(labels, [...path, 'labels'], findings)
}

function checkWantedLabels(labels: Readonly<Record<string, string>>, path: FieldPath, findings: Findings): void {
  for (const [name, value] of Object.entries(labels)) {
    const place = [...path, name]
    if (name === '') findings.error(path, 'must not have an empty name of a label')
    if (name.includes('*') || value.includes('*')) findings.error(place, 'must not have a wildcard')
  }
}

function checkTargetRef(target: TargetRefSpec, path: FieldPath, findings: Findings): void {
  if ((target.namespace ?? '') !== '')
    findings.error([...path, 'namespace'], 'must not be given: only the own one counts')
  const written = `${target.group === 'core' ? '' : (target.group ?? '')}/${target.kind}`
  if (TARGETS.includes(written)) return
  findings.error(path, `must be one of ${TARGETS.join(', ')} (group/kind), is ${written}`)
}

/** Labels that something is given, as Kubernetes and Istio check them. */
export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [name, value] of Object.entries(labels ?? {})) {
    const problem = labelNameProblem(name)
    if (problem !== null) findings.error([...path, name], problem)
    else if (!LABEL_VALUE.test(value)) {
      findings.error([...path, name], `must be at most 63 letters, digits, - _ . , is ${JSON.stringify(value)}`)
    } else if (value.length > MAX_LABEL) {
      findings.refuse([...path, name], `must have at most ${MAX_LABEL} characters: no workload carries such a label`)
    }
  }
}
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/
const DNS_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?)*$/

export function labelNameProblem(name: string): string | null {
  const slash = name.indexOf('/')
  const prefix = slash === -1 ? null : name.slice(0, slash)
  const bare = name.slice(slash + 1)
  const isPrefixed = prefix === null || (prefix.length <= 253 && DNS_NAME.test(prefix))
  const isName = bare !== '' && bare.length <= MAX_LABEL && LABEL_VALUE.test(bare)
  return isPrefixed && isName ? null : 'is no name of a label, such as app or example.com/app'
}
