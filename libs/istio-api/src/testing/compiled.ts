/** For specs: resources go through the reader, as everywhere else, and must be free of problems. */
import { createCompiler, type Compiler } from '../compile/compiler.ts'
import type { MeshService } from '../compile/service.ts'
import { parseResources } from '../parse.ts'
import type { Kind } from '../resource.ts'

export const service = (namespace: string, name: string, ports = [80], portNames = {}): MeshService => {
  return { host: `${name}.${namespace}.svc.cluster.local`, namespace, name, ports, portNames, accounts: [] }
}
const SERVICES = [
  service('shop', 'orders'),
  service('shop', 'web', [8080]),
  service('other', 'orders'),
  service('shop', 'store', [80, 81, 5432, 443], { 5432: 'tcp-db', 443: 'tls' }),
]
export const ORDERS = 'orders.shop.svc.cluster.local'
export const STORE = 'store.shop.svc.cluster.local'

export interface Written {
  readonly kind: Exclude<Kind, 'ConfigMap'>
  readonly in?: string
  readonly name?: string
  readonly labels?: object
  readonly annotations?: object
  readonly createdAt?: string
  readonly spec: object
}

export function documentOf({
  kind,
  in: namespace = 'shop',
  name = 'test',
  labels,
  annotations,
  createdAt,
  spec,
}: Written): string {
  const isSecurity = kind.endsWith('Authentication') || kind.endsWith('Policy')
  const group = isSecurity ? 'security' : kind === 'Telemetry' ? 'telemetry' : 'networking'
  const metadata = { name, namespace, labels, annotations, creationTimestamp: createdAt }
  return JSON.stringify({ apiVersion: `${group}.istio.io/v1`, kind, metadata, spec })
}

/** @param mesh Istio's mesh configuration; none where it is empty */
export function compilerWith(mesh: object, ...written: Written[]): Compiler {
  const metadata = { name: 'istio', namespace: 'istio-system' }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh: JSON.stringify(mesh) } }
  const texts = [...written.map(documentOf), ...(Object.keys(mesh).length === 0 ? [] : [JSON.stringify(configMap)])]
  const read = texts.map((text) => parseResources(text, 'test.yaml'))
  // What Istio advises against works all the same.
  const problems = read.flatMap((each) => each.problems).filter(({ code }) => code !== 'advice')
  if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2))
  return createCompiler({ resources: read.flatMap((each) => each.resources), services: SERVICES })
}

export const compilerFor = (...written: Written[]): Compiler => compilerWith({}, ...written)

export const to = (host: string, more: object = {}) => ({ route: [{ destination: { host, ...more } }] })
