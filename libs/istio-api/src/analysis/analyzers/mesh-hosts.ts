/** Several VirtualServices for one host inside the mesh: only one of them is heard. */
import { expandHost } from '../../host.ts'
import type { Analyzer } from '../analyzer.ts'
import { push, type Of } from '../context.ts'
import { hostsMeet } from '../host-names.ts'
import { scopesOf } from '../known-hosts.ts'

type VirtualService = Of<'VirtualService'>

export const conflictingMeshHosts: Analyzer = (context, report) => {
  const speakers = new Map<string, VirtualService[]>()
  for (const resource of context.of('VirtualService')) {
    const { gateways = [], hosts = [], exportTo } = resource.spec
    if (gateways.length > 0 && !gateways.includes('mesh')) continue
    for (const scope of scopesOf(exportTo, resource.namespace)) {
      for (const host of hosts) push(speakers, `${scope}/${expandHost(host, resource.namespace)}`, resource)
    }
  }
  const everywhere = [...speakers].filter(([key]) => key.startsWith('*/'))
  const reported = new Set<VirtualService>()
  for (const [key, own] of speakers) {
    const slash = key.indexOf('/')
    const more = key.startsWith('*/')
      ? []
      : everywhere.flatMap(([other, them]) => (hostsMeet(key.slice(slash + 1), other.slice(2)) ? them : []))
    const all = [...own, ...more]
    if (all.length < 2) continue
    const names = all.map(({ namespace, name }) => `${namespace}/${name}`).toSorted()
    for (const resource of all) {
      if (reported.has(resource)) continue
      reported.add(resource)
      report('IST0109', resource, ['metadata', 'name'], names.join(','), key)
    }
  }
}
