/**
 * Which DestinationRule applies to a host, as Istio finds it: the caller's namespace is asked first, then the service's, then the root namespace; within
 * one the most specific host wins, and rules for the same host are merged: subsets of all of them, the policy of the oldest that has one. A rule for
 * workloads (`workloadSelector`) holds in its own namespace and goes before one for everybody.
 * Source: pilot/pkg/model/push_context.go (`destinationRule`), destination_rule.go.
 */
import { HostIndex } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import type { ResourceOf } from '../resource.ts'
import { carries, type Labels } from './workload.ts'

export type DestinationRule = ResourceOf<'DestinationRule'>

/** One rule, or several of the same host merged. */
export interface ConsolidatedRule {
  readonly rule: DestinationRule
  /** What it was merged of: `namespace/name`, the one whose policy counts first. */
  readonly from: readonly string[]
}

interface Entry {
  rule: DestinationRule
  readonly exportTo: ReadonlySet<string>
  readonly from: string[]
}
type Rules = HostIndex<Entry>

export interface DestinationRuleOptions {
  readonly rootNamespace: string
  /** The mesh configuration's `defaultDestinationRuleExportTo`; everybody where it is not given. */
  readonly defaultExportTo?: readonly string[] | undefined
}

export class DestinationRuleIndex {
  /** All rules of a namespace, for callers in it. */
  readonly #local = new Map<string, Rules>()
  /** Those of a namespace that others see. */
  readonly #exported = new Map<string, Rules>()
  /** Those of the root namespace that nobody else sees. */
  readonly #rootLocal: Rules = new HostIndex()
  readonly #rootNamespace: string

  /** @param rules the oldest first */
  constructor(rules: readonly DestinationRule[], { rootNamespace, defaultExportTo }: DestinationRuleOptions) {
    this.#rootNamespace = rootNamespace
    const ordered = [...rules.filter(hasSelector), ...rules.filter((rule) => !hasSelector(rule))]
    for (const rule of ordered) {
      const { namespace } = rule
      const exportTo = new Set(hasSelector(rule) ? ['.'] : (rule.spec.exportTo ?? []))
      const isOwn = exportTo.size === 0 || exportTo.has('*') || exportTo.has('.') || exportTo.has(namespace)
      if (isOwn) add(rulesOf(this.#local, namespace), rule, exportTo)
      const isPrivate =
        exportTo.size === 0
          ? (defaultExportTo ?? []).includes('.')
          : exportTo.size === 1 && (exportTo.has('.') || exportTo.has(namespace))
      if (!isPrivate) add(rulesOf(this.#exported, namespace), rule, exportTo)
      else if (namespace === rootNamespace) add(this.#rootLocal, rule, exportTo)
    }
  }

  /** The rule that holds for callers with these labels; null where none does. */
  find(host: string, client: string, service: string | null, labels: Labels): ConsolidatedRule | null {
    let everybodys: Entry | null = null
    for (const entry of this.#candidates(host, client, service)) {
      const { rule } = entry
      if (!hasSelector(rule)) everybodys = entry
      else if (rule.namespace === client && carries(labels, selectorOf(rule))) return entry
    }
    return everybodys
  }

  /** Selectors of the rules that hold for some workloads of the client's namespace only, in the order in which they are asked. */
  selectorsFor(host: string, client: string, service: string | null): Labels[] {
    return this.#candidates(host, client, service)
      .filter(({ rule }) => rule.namespace === client && hasSelector(rule))
      .map(({ rule }) => selectorOf(rule))
  }

  #candidates(host: string, client: string, service: string | null): readonly Entry[] {
    // Rules for the whole mesh stand in the root namespace: a gateway that runs there must not meet them before the service's own.
    const own = client === this.#rootNamespace ? this.#rootLocal : this.#local.get(client)
    const found = own?.match(host) ?? []
    if (found.length > 0) return found
    for (const owner of [service, this.#rootNamespace]) {
      if (owner === null) continue
      const exported = this.#exported.get(owner)?.match(host) ?? []
      const visible = exported.filter(
        ({ exportTo }) => exportTo.size === 0 || exportTo.has('*') || exportTo.has(client),
      )
      if (visible.length > 0) return visible
    }
    return []
  }
}

/** `workloadSelector` of a rule: whose calls it is for; empty for everybody's. */
export function selectorOf(rule: DestinationRule): Labels {
  return rule.spec.workloadSelector?.matchLabels ?? {}
}

const hasSelector = (rule: DestinationRule): boolean => rule.spec.workloadSelector !== undefined

function rulesOf(all: Map<string, Rules>, namespace: string): Rules {
  let rules = all.get(namespace)
  if (rules === undefined) all.set(namespace, (rules = new HostIndex()))
  return rules
}

function add(rules: Rules, rule: DestinationRule, exportTo: ReadonlySet<string>): void {
  const host = expandHost(rule.spec.host, rule.namespace)
  let standsAlone = true
  for (const entry of rules.at(host)) {
    if (isSame(exportTo, entry.exportTo)) standsAlone = false
    else if (!(entry.exportTo.size > 0 && isWithin(entry.exportTo, exportTo))) continue
    else standsAlone = true
    const both = hasSelector(rule) && hasSelector(entry.rule)
    const sameSelector = both && isSameSelector(rule, entry.rule)
    if (both && !sameSelector) {
      standsAlone = true
      continue
    }
    if (sameSelector || (!hasSelector(rule) && !hasSelector(entry.rule))) standsAlone = false
    merge(entry, rule)
  }
  if (standsAlone) rules.add(host, { rule, exportTo, from: [fullName(rule)] })
}

function merge(entry: Entry, rule: DestinationRule): void {
  const { spec } = entry.rule
  const known = new Set((spec.subsets ?? []).map(({ name }) => name))
  const subsets = [...(spec.subsets ?? []), ...(rule.spec.subsets ?? []).filter(({ name }) => !known.has(name))]
  const trafficPolicy = spec.trafficPolicy ?? rule.spec.trafficPolicy
  entry.rule = {
    ...entry.rule,
    annotations:
      spec.trafficPolicy === undefined ? { ...entry.rule.annotations, ...rule.annotations } : entry.rule.annotations,
    spec: { ...spec, ...(subsets.length > 0 && { subsets }), ...(trafficPolicy && { trafficPolicy }) },
  }
  entry.from.push(fullName(rule))
}

const fullName = ({ namespace, name }: DestinationRule): string => `${namespace}/${name}`
const isWithin = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
  [...part].every((each) => whole.has(each))
const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && isWithin(a, b)
const isSameSelector = (a: DestinationRule, b: DestinationRule): boolean =>
  carries(selectorOf(a), selectorOf(b)) && carries(selectorOf(b), selectorOf(a))
