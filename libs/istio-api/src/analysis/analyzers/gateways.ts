/** What Gateways ask of their workload: that it is there, that a Service leads to their ports, that their credentials exist. */
import type { Analyzer } from '../analyzer.ts'
import type { AnalysisContext, Of } from '../context.ts'
import type { Report } from '../finding.ts'
import { INGRESS_GATEWAY, type Pod } from '../pods.ts'
import { selects, selectorText, type Labels } from '../selector.ts'

type Gateway = Of<'Gateway'>

export const gatewayWorkloads: Analyzer = (context, report) => {
  if (!context.input.servicesKnown || context.hasRegistry) return
  for (const gateway of context.of('Gateway')) {
    const pods = context.pods.filter(({ labels }) => selects(gateway.spec.selector, labels))
    const [first] = pods
    if (first === undefined) {
      const selector = selectorText(gateway.spec.selector)
      report('IST0101', gateway, ['spec', 'selector'], 'selector', selector)
      continue
    }
    checkPorts(context, gateway, pods, report)
    checkCredentials(context, gateway, first.namespace, report)
  }
}

function checkPorts(context: AnalysisContext, gateway: Gateway, pods: readonly Pod[], report: Report): void {
  const reached = new Set<number>()
  for (const pod of pods) for (const port of portsTo(context, pod)) reached.add(port)
  for (const [index, { port }] of (gateway.spec.servers ?? []).entries()) {
    if (port === undefined || reached.has(port.number)) continue
    // Another server of the same port has nothing to add.
    reached.add(port.number)
    const path = ['spec', 'servers', index, 'port', 'number']
    report('IST0162', gateway, path, port.number, selectorText(gateway.spec.selector))
  }
}

/** Ports of the Services that select a pod, and the ports that they lead to. */
function portsTo(context: AnalysisContext, pod: Pod): number[] {
  const ofInstallation = isIngress(pod) ? INGRESS_SERVICE_PORTS : []
  const services = context.kubernetes.of('Service').filter(({ namespace, content }) => {
    return namespace === pod.namespace && selects(content.spec?.selector, pod.labels)
  })
  const ports = services.flatMap(({ content }) =>
    (content.spec?.ports ?? []).flatMap(({ port = 0, protocol = 'TCP', targetPort }) => {
      if (protocol !== 'TCP') return []
      const target = Number(targetPort ?? 0)
      return Number.isInteger(target) && target > 0 ? [target, port] : [port]
    }),
  )
  return [...ofInstallation, ...ports]
}

/** The gateway that every installation has, and the ports of its Service. */
const isIngress = ({ namespace, labels }: Pod): boolean =>
  namespace === INGRESS_GATEWAY.namespace && selects(INGRESS_GATEWAY.labels, labels)
const INGRESS_SERVICE_PORTS: readonly number[] = [80, 443, 31400, 15443]

function checkCredentials(context: AnalysisContext, gateway: Gateway, home: string, report: Report): void {
  for (const [index, { tls }] of (gateway.spec.servers ?? []).entries()) {
    const name = tls?.credentialName ?? ''
    if (name === '') continue
    const path = ['spec', 'servers', index, 'tls', 'credentialName']
    const [namespace, secretName] = name.includes('/') ? name.split('/') : [home, name]
    const secret = context.kubernetes.find('Secret', namespace ?? home, secretName ?? name)
    if (secret === null) report('IST0101', gateway, path, 'credentialName', name)
    else if (!holdsCertificate([...(secret.content.data ?? []), ...(secret.content.stringData ?? [])])) {
      report('IST0161', gateway, path, gateway.name, home)
    }
  }
}

const holdsCertificate = (keys: readonly string[]): boolean =>
  ['cert', 'key'].every((key) => keys.includes(key)) || ['tls.crt', 'tls.key'].every((key) => keys.includes(key))

/** Two Gateways of one workload with one certificate. */
export const duplicateCertificates: Analyzer = (context, report) => {
  const gateways = context.of('Gateway')
  const byCertificate = new Map<string, Gateway[]>()
  for (const gateway of gateways) {
    for (const certificate of certificatesOf(gateway)) {
      byCertificate.set(certificate, [...(byCertificate.get(certificate) ?? []), gateway])
    }
  }
  for (const gateway of gateways) {
    for (const certificate of certificatesOf(gateway)) {
      for (const other of byCertificate.get(certificate) ?? []) {
        if (other === gateway || !isNarrower(gateway.spec.selector, other.spec.selector)) continue
        report('IST0138', gateway, ['metadata', 'name'], [fullNameOf(gateway), fullNameOf(other)])
      }
    }
  }
}

const fullNameOf = ({ namespace, name }: Gateway): string => `${namespace}/${name}`

function certificatesOf({ spec }: Gateway): ReadonlySet<string> {
  const names = (spec.servers ?? []).flatMap(({ tls }) => {
    const { credentialName = '', serverCertificate = '', privateKey = '' } = tls ?? {}
    if (credentialName !== '') return [`credential ${credentialName}`]
    return serverCertificate === '' || privateKey === '' ? [] : [`files ${serverCertificate} ${privateKey}`]
  })
  return new Set(names)
}

/** Whether `other` selects by all that `selector` does. */
const isNarrower = (selector: Labels | undefined, other: Labels | undefined): boolean => selects(selector, other ?? {})
