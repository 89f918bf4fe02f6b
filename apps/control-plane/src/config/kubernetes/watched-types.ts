/**
 * What is watched: Istio's resources that this mesh honours, Services (what a service is called, and which ports it has), and Istio's mesh configuration. Who
 * answers for a service is the word of leases, so neither EndpointSlices nor pods are needed; identities are SPIFFE ids, so neither are ServiceAccounts.
 */
import { KINDS, ROOT_NAMESPACE, type IstioKind } from '@meshmart/istio-api'

export interface WatchedType {
  readonly kind: string
  /** Empty for Kubernetes' own core. */
  readonly group: string
  readonly version: string
  readonly plural: string
  /** The only one that is read, in the only namespace. */
  readonly only?: { readonly namespace: string; readonly name: string }
}

const plural = (kind: string): string => {
  const word = kind.toLowerCase()
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

/** Of those that are refused as a whole Kubernetes knows nothing: `kubectl apply` says so at once. */
const honoured = (Object.keys(KINDS) as IstioKind[]).filter((kind) => KINDS[kind].refusal === null)

/** Each in its newest version: whichever its author has written, Kubernetes serves it as that. */
export const ISTIO_TYPES: readonly WatchedType[] = honoured.map((kind) => {
  const { group, versions } = KINDS[kind]
  return { kind, group, version: versions[0] ?? 'v1', plural: plural(kind) }
})
export const SERVICES: WatchedType = { kind: 'Service', group: '', version: 'v1', plural: 'services' }
export const MESH_CONFIG: WatchedType = {
  kind: 'ConfigMap',
  group: '',
  version: 'v1',
  plural: 'configmaps',
  only: { namespace: ROOT_NAMESPACE, name: 'istio' },
}

export const apiVersionOf = ({ group, version }: WatchedType): string =>
  group === '' ? version : `${group}/${version}`

/** Path of all objects of a type, or of those of one namespace. */
export function pathOf(type: WatchedType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  return namespace === undefined ? `${root}/${type.plural}` : `${root}/namespaces/${namespace}/${type.plural}`
}
