/** Resources that another one keeps from speaking. */
import { oldestFirst } from '../../compile/order.ts'
import { expandHost } from '../../host.ts'
import { nameOf, type FieldPath, type Resource } from '../../resource.ts'
import type { Analyzer } from '../analyzer.ts'
import type { Of } from '../context.ts'

/** The same kind, namespace and name twice: one of them would overwrite the other. */
export const duplicates: Analyzer = (context, report) => {
  const seen = new Map<string, Resource>()
  for (const resource of context.input.resources) {
    const first = seen.get(nameOf(resource))
    if (first === undefined) seen.set(nameOf(resource), resource)
    else {
      const { line } = first.origin.locate(['metadata', 'name'])
      report('MM0008', resource, ['metadata', 'name'], `${first.origin.file}:${line}`)
    }
  }
}

/** The registry goes before a ServiceEntry, and the older ServiceEntry before the younger. */
export const shadowedEntries: Analyzer = (context, report) => {
  const registered = new Set(context.input.registered.map(({ host }) => host))
  const owners = new Map<string, Of<'ServiceEntry'>>()
  for (const entry of oldestFirst(context.of('ServiceEntry'))) {
    for (const [index, written] of (entry.spec.hosts ?? []).entries()) {
      const host = written.toLowerCase()
      const path = ['spec', 'hosts', index]
      const owner = owners.get(host)
      if (registered.has(host)) report('MM0011', entry, path, host, 'a workload of the mesh')
      else if (owner === undefined) owners.set(host, entry)
      else if (owner !== entry) report('MM0011', entry, path, host, `described by ${nameOf(owner)} already`)
    }
  }
}

/** Rules of one host are merged: what two of them say, the older one says. */
export const overriddenRules: Analyzer = (context, report) => {
  const said = new Map<string, Of<'DestinationRule'>>()
  for (const rule of oldestFirst(context.of('DestinationRule'))) {
    const { host: written, workloadSelector, trafficPolicy, subsets } = rule.spec
    const host = expandHost(written ?? '', rule.namespace)
    const about = JSON.stringify([rule.namespace, host, workloadSelector?.matchLabels ?? null])
    const parts = new Map<string, FieldPath>()
    if (trafficPolicy !== undefined) parts.set('trafficPolicy', ['spec', 'trafficPolicy'])
    for (const [index, { name }] of (subsets ?? []).entries()) parts.set(`subset ${name}`, ['spec', 'subsets', index])
    for (const [part, path] of parts) {
      const speaker = said.get(`${about} ${part}`)
      if (speaker === undefined) said.set(`${about} ${part}`, rule)
      else if (speaker !== rule) report('MM0015', rule, path, part, nameOf(speaker), host)
    }
  }
}
