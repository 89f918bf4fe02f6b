/** For specs: short ways to write resources, and what analysis finds in them. */
import { readMesh } from '../../kubernetes/read-mesh.ts'
import { analyzeFiles, type AnalyzeOptions } from '../analyze.ts'
import type { Finding } from '../finding.ts'

const GROUPS: Readonly<Record<string, string>> = {
  AuthorizationPolicy: 'security.istio.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
  RequestAuthentication: 'security.istio.io/v1',
  Telemetry: 'telemetry.istio.io/v1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
  Namespace: 'v1',
  Node: 'v1',
  Pod: 'v1',
  Secret: 'v1',
  Service: 'v1',
  ConfigMap: 'v1',
  Deployment: 'apps/v1',
}

/** One document in flow style; `name` may be `namespace/name`. */
export function doc(kind: string, name: string, body: string, metadata = ''): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['', name]
  const home = namespace === '' ? '' : `, namespace: ${namespace}`
  const more = metadata === '' ? '' : `, ${metadata}`
  const apiVersion = GROUPS[kind] ?? 'networking.istio.io/v1'
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${own}${home}${more}}\n${body}\n---\n`
}
export const spec = (kind: string, name: string, body: string, metadata = ''): string =>
  doc(kind, name, `spec: {${body}}`, metadata)

export const service = (name: string, ports = '80', more = ''): string =>
  spec(
    'Service',
    name,
    `selector: {app: ${name.split('/').at(-1)}}, ports: [${ports
      .split(' ')
      .map((port) => `{name: http-${port}, port: ${port}}`)
      .join(', ')}]${more}`,
  )
export const pod = (name: string, labels: string, more = '', metadata = ''): string =>
  spec(
    'Pod',
    name,
    `containers: [{name: app}, {name: istio-proxy, image: proxyv2}]${more}`,
    `labels: {${labels}}${metadata}`,
  )
export const route = (destination: string, more = ''): string => `{route: [{destination: {${destination}}}]${more}}`

export function findingsOf(documents: readonly string[], options: AnalyzeOptions = { servicesKnown: true }): Finding[] {
  return analyzeFiles(readMesh(documents.join(''), 'f.yaml'), options)
}
