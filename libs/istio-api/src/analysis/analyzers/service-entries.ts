/** ServiceEntries: ports that only an address can tell apart, and hosts that two of them describe differently. */
import type { Analyzer } from '../analyzer.ts'
import { push, type Of } from '../context.ts'
import { fieldOf } from '../field-of.ts'
import { scopesOf } from '../known-hosts.ts'

type ServiceEntry = Of<'ServiceEntry'>

export const serviceEntryAddresses: Analyzer = (context, report) => {
  if (areAllocated(context.meshConfig)) return
  for (const entry of context.of('ServiceEntry')) {
    if (entry.spec.addresses !== undefined) continue
    for (const [index, { protocol = '' }] of (entry.spec.ports ?? []).entries()) {
      if (protocol !== '' && protocol.toUpperCase() !== 'TCP') continue
      report('IST0134', entry, ['spec', 'ports', index])
    }
  }
}

/** Whether the mesh configuration gives each ServiceEntry an address of its own. */
function areAllocated(meshConfig: unknown): boolean {
  const metadata = fieldOf(fieldOf(meshConfig, 'defaultConfig'), 'proxyMetadata')
  const isOn = (name: string): boolean => fieldOf(metadata, name) === 'true'
  return (
    isOn('ISTIO_META_DNS_CAPTURE') && (isOn('ISTIO_META_DNS_AUTO_ALLOCATE') || isOn('PILOT_ENABLE_IP_AUTOALLOCATE'))
  )
}

interface Described {
  readonly entry: ServiceEntry
  readonly protocol: string
}

export const serviceEntryProtocols: Analyzer = (context, report) => {
  const described = new Map<string, Described[]>()
  for (const entry of context.of('ServiceEntry')) {
    for (const scope of scopesOf(entry.spec.exportTo, entry.namespace)) {
      for (const host of entry.spec.hosts ?? []) {
        for (const { number, protocol = '' } of entry.spec.ports ?? []) {
          push(described, JSON.stringify([scope, host, number]), { entry, protocol: protocol.toUpperCase() })
        }
      }
    }
  }
  const reported = new Set<ServiceEntry>()
  for (const [key, own] of described) {
    const [scope, host, port] = JSON.parse(key) as [string, string, number]
    const all = scope === '*' ? own : [...own, ...(described.get(JSON.stringify(['*', host, port])) ?? [])]
    const protocols = [...new Set(all.map(({ protocol }) => protocol))].toSorted()
    if (protocols.length < 2) continue
    const names = [...new Set(all.map(({ entry }) => `${entry.namespace}/${entry.name}`))].toSorted()
    for (const { entry } of all) {
      if (reported.has(entry)) continue
      reported.add(entry)
      report('IST0177', entry, ['metadata', 'name'], names.join(', '), host, port, protocols.join(', '))
    }
  }
}
