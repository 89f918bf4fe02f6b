/** DestinationRules: hosts that nobody has, subsets that nobody belongs to, TLS that checks nothing. */
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext } from '../context.ts'
import type { Pod } from '../pods.ts'
import { selects, type Labels } from '../selector.ts'

export const destinationRuleHosts: Analyzer = (context, report) => {
  if (!context.input.servicesKnown) return
  const pods = new LabelledPods(context)
  for (const rule of context.of('DestinationRule')) {
    const { host, exportTo, subsets } = rule.spec
    const known = context.hosts.find(host, rule.namespace, exportTo ?? [])
    if (known === null) {
      report('IST0174', rule, ['spec', 'host'], host)
      continue
    }
    // A registry hears of pods only when they come; their labels may be there a moment later.
    if (context.hasRegistry) continue
    for (const [index, { name, labels }] of (subsets ?? []).entries()) {
      // Istio's analyser knows the selector of a ServiceEntry, and looks for a service's subset among all pods.
      if (!pods.anySelectedBy({ ...labels })) report('IST0173', rule, ['spec', 'subsets', index], name)
    }
  }
}

/** All pods, and by each label those that carry it: a subset is looked for among the fewest. */
class LabelledPods {
  readonly #pods: readonly { readonly labels: Labels }[]
  readonly #byLabel = new Map<string, { readonly labels: Labels }[]>()

  constructor(context: AnalysisContext) {
    this.#pods = context.pods.map((pod) => ({ labels: { ...localityLabels(context, pod), ...pod.labels } }))
    for (const pod of this.#pods) {
      for (const [name, value] of Object.entries(pod.labels)) {
        const key = `${name}=${value}`
        const carriers = this.#byLabel.get(key)
        if (carriers === undefined) this.#byLabel.set(key, [pod])
        else carriers.push(pod)
      }
    }
  }

  anySelectedBy(selector: Labels): boolean {
    let fewest = this.#pods
    for (const [name, value] of Object.entries(selector)) {
      const carriers = this.#byLabel.get(`${name}=${value}`) ?? []
      if (carriers.length < fewest.length) fewest = carriers
    }
    return fewest.some(({ labels }) => selects(selector, labels))
  }
}

/** What the registry adds to the labels of a pod on a known node. */
function localityLabels(context: AnalysisContext, { nodeName }: Pod): Labels {
  if (nodeName === null) return {}
  const node = context.kubernetes.find('Node', '', nodeName)?.labels ?? {}
  const added: [string, string][] = [['kubernetes.io/hostname', nodeName]]
  for (const name of ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']) {
    const value = node[name]
    if (value !== undefined && value !== '') added.push([name, value])
  }
  return Object.fromEntries(added)
}

export const serverCertificates: Analyzer = (context, report) => {
  for (const rule of context.of('DestinationRule')) {
    const { host, trafficPolicy, workloadSelector } = rule.spec
    const name = `${rule.namespace}/${rule.name}`
    const trusts = (tls: Tls): boolean =>
      (tls?.caCertificates ?? '') !== '' || ((tls?.credentialName ?? '') !== '' && workloadSelector !== undefined)
    const mode = trafficPolicy?.tls?.mode
    if (isOneSided(mode) && !trusts(trafficPolicy?.tls)) {
      report('IST0128', rule, ['spec', 'trafficPolicy', 'tls'], name, rule.namespace, mode, host)
    }
    for (const [index, { port, tls }] of (trafficPolicy?.portLevelSettings ?? []).entries()) {
      if (!isOneSided(tls?.mode) || trusts(tls)) continue
      const path = ['spec', 'trafficPolicy', 'portLevelSettings', index, 'tls']
      report('IST0129', rule, path, name, rule.namespace, tls?.mode ?? '', host, `number:${port?.number ?? 0}`)
    }
  }
}

type Tls = { readonly caCertificates?: string; readonly credentialName?: string } | undefined

const isOneSided = (mode: string | undefined): mode is 'SIMPLE' | 'MUTUAL' => mode === 'SIMPLE' || mode === 'MUTUAL'
