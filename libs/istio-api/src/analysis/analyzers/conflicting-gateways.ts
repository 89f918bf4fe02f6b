/** Two Gateways that open the same port of the same workload for the same host. */
import type { Analyzer } from '../analyzer.ts'
import { push, type AnalysisContext, type Of } from '../context.ts'
import { selects, selectorText, type Labels } from '../selector.ts'

type Gateway = Of<'Gateway'>
type Server = NonNullable<Gateway['spec']['servers']>[number]

/** The last server of a Gateway at a port; Istio compares with that one. */
interface Known {
  readonly gateway: Gateway
  readonly name: string
  readonly selector: Labels
  readonly text: string
  readonly port: number
  readonly bind: string
  readonly hosts: ReadonlySet<string>
}

export const conflictingGateways: Analyzer = (context, report) => {
  const byPort = new Map<number, Known[]>()
  for (const known of lastServers(context)) push(byPort, known.port, known)
  for (const gateway of context.of('Gateway')) {
    const selector = gateway.spec.selector ?? {}
    const text = selectorText(selector)
    for (const [index, server] of (gateway.spec.servers ?? []).entries()) {
      const port = server.port?.number ?? 0
      const rivals = (byPort.get(port) ?? []).filter(
        (known) =>
          known.gateway !== gateway &&
          sharesHost(server, known) &&
          (known.text === text || selectSamePod(context, selector, text, known)),
      )
      if (rivals.length === 0) continue
      const names = rivals.map(({ name }) => name).toSorted()
      const hosts = (server.hosts ?? []).join(',')
      report('IST0145', gateway, ['spec', 'servers', index], names.join(','), text, String(port), hosts)
    }
  }
}

function lastServers(context: AnalysisContext): Known[] {
  const last = new Map<string, Known>()
  for (const gateway of context.of('Gateway')) {
    const selector = gateway.spec.selector ?? {}
    const name = `${gateway.namespace}/${gateway.name}`
    for (const { port, hosts, bind = '' } of gateway.spec.servers ?? []) {
      const number = port?.number ?? 0
      const text = selectorText(selector)
      const known = { gateway, name, selector, text, port: number, bind, hosts: new Set(hosts ?? []) }
      last.set(`${name} ${number}`, known)
    }
  }
  return [...last.values()]
}

function sharesHost({ hosts, bind = '' }: Server, known: Known): boolean {
  return bind === known.bind && (hosts ?? []).some((host) => known.hosts.has(host))
}

/** Different selectors that meet at one pod. */
function selectSamePod(context: AnalysisContext, selector: Labels, text: string, known: Known): boolean {
  if (!known.text.includes(text) && !text.includes(known.text)) return false
  return context.pods.some(({ labels }) => selects(selector, labels) && selects(known.selector, labels))
}
