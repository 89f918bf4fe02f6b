/** Resources that another one keeps from speaking. */
import { selectorOf } from '../../compile/cluster.ts'
import { expandHost } from '../../host.ts'
import { nameOf, type Resource } from '../../resource.ts'
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

/** The registry goes before a ServiceEntry, and the first ServiceEntry before the second. */
export const shadowedEntries: Analyzer = (context, report) => {
  const registered = new Set(context.input.registered.map(({ host }) => host))
  const owners = new Map<string, Of<'ServiceEntry'>>()
  for (const entry of context.of('ServiceEntry')) {
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

export const overriddenRules: Analyzer = (context, report) => {
  const speakers = new Map<string, Of<'DestinationRule'>>()
  for (const rule of context.of('DestinationRule')) {
    const host = expandHost(rule.spec.host ?? '', rule.namespace)
    const key = JSON.stringify([rule.namespace, host, selectorOf(rule)])
    const speaker = speakers.get(key)
    if (speaker === undefined) speakers.set(key, rule)
    else if (speaker.name !== rule.name) report('MM0015', rule, ['spec', 'host'], nameOf(speaker), host)
  }
}
