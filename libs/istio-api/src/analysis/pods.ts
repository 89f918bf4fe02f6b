/**
 * Whoever could be selected. Pods, and where the files hold none at all, what Deployments, StatefulSets and DaemonSets would make of
 * themselves: a folder of manifests has no pods yet. The gateway of an installation is always there, as in `istioctl analyze`.
 */
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { ContainerSpec } from '../kubernetes/kubernetes-specs.ts'
import type { Labels } from './selector.ts'

export interface Pod {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly nodeName: string | null
  readonly containers: readonly ContainerSpec[]
}

export const INGRESS_GATEWAY: Pod = {
  name: 'istio-ingressgateway-dummypod',
  namespace: 'istio-system',
  labels: { istio: 'ingressgateway' },
  annotations: {},
  nodeName: null,
  containers: [{ name: 'istio-proxy' }],
}

export function podsOf(objects: readonly KubernetesObject[]): Pod[] {
  const pods = objects.flatMap((object) => (object.kind === 'Pod' ? [podOf(object, object.content.spec)] : []))
  return [...(pods.length > 0 ? pods : objects.flatMap(templated)), INGRESS_GATEWAY]
}

type PodSpec = Extract<KubernetesObject, { kind: 'Pod' }>['content']['spec']

function podOf(object: Omit<Pod, 'nodeName' | 'containers'>, spec: PodSpec): Pod {
  const { name, namespace, labels, annotations } = object
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  return { name, namespace, labels, annotations, nodeName: spec?.nodeName ?? null, containers }
}

function templated(object: KubernetesObject): Pod[] {
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet' && object.kind !== 'DaemonSet') return []
  const { metadata, spec } = object.content.spec?.template ?? {}
  const { labels = {}, annotations = {} } = metadata ?? {}
  return [podOf({ name: object.name, namespace: object.namespace, labels, annotations }, spec)]
}
