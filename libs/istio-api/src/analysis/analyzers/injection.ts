/** Sidecars that are missing: namespaces without injection, pods without a proxy. */
import type { Analyzer } from '../analyzer.ts'
import { fieldOf } from '../field-of.ts'
import { hasSidecar, isControlPlane, SIDECAR_CONTAINER } from '../sidecar-presence.ts'
import type { ContainerSpec } from '../../kubernetes/kubernetes-specs.ts'
import type { KubernetesIndex } from '../kubernetes-index.ts'
import type { Labels } from '../selector.ts'

const INJECTION = 'istio-injection'
const REVISION = 'istio.io/rev'
const DATAPLANE_MODE = 'istio.io/dataplane-mode'

export const namespaceInjection: Analyzer = (context, report) => {
  for (const namespace of context.kubernetes.of('Namespace')) {
    if (namespace.name === context.rootNamespace) continue
    const { labels } = namespace
    const path = ['metadata', 'name']
    const asked = askedFor(labels)
    if (asked.length > 1) report('IST0123', namespace, ['metadata', 'labels'], asked)
    if (labels[DATAPLANE_MODE] === 'ambient') continue
    if ((labels[INJECTION] ?? '') !== '' || labels[REVISION] !== undefined) continue
    if (isInjectedByDefault(context.kubernetes)) report('IST0148', namespace, path)
    else report('IST0102', namespace, path, namespace.name)
  }
}

function askedFor(labels: Labels): string[] {
  const injection = labels[INJECTION]
  const others = injection === undefined || injection === 'enabled' ? [REVISION, DATAPLANE_MODE] : []
  return [INJECTION, ...others].flatMap((name) => {
    const value = labels[name]
    return value === undefined ? [] : [`${name}=${value}`]
  })
}

/** What the injector's own configuration says; its values are JSON within the ConfigMap. */
function isInjectedByDefault(index: KubernetesIndex): boolean {
  const injector = index.of('ConfigMap').find(({ name }) => name === 'istio-sidecar-injector')
  const values: unknown = parsed(injector?.content.data?.['values'] ?? '')
  return fieldOf(fieldOf(values, 'sidecarInjectorWebhook'), 'enableNamespacesByDefault') === true
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not ours to judge: the injector says so itself.
    return null
  }
}

export const podInjection: Analyzer = (context, report) => {
  for (const pod of context.kubernetes.of('Pod')) {
    const { containers = [], initContainers = [], hostNetwork } = pod.content.spec ?? {}
    if (hasAutoImage(containers)) report('IST0147', pod, ['metadata', 'name'], 'Pod', pod.name)
    const inject = pod.labels['sidecar.istio.io/inject'] ?? pod.annotations['sidecar.istio.io/inject'] ?? ''
    const home = context.kubernetes.namespaceLabels(pod.namespace)
    if (home?.[INJECTION] !== 'enabled' || home[DATAPLANE_MODE] === 'ambient') continue
    if (pod.namespace === context.rootNamespace || inject.toLowerCase() === 'false' || hostNetwork === true) continue
    if (hasSidecar([...containers, ...initContainers])) continue
    report('IST0103', pod, ['metadata', 'name'], `${pod.namespace}/${pod.name}`)
  }
  for (const deployment of context.kubernetes.of('Deployment')) {
    const { metadata, spec } = deployment.content.spec?.template ?? {}
    if (!hasAutoImage(spec?.containers ?? [])) continue
    if (isInjected(context.kubernetes.namespaceLabels(deployment.namespace) ?? {}, metadata?.labels ?? {})) continue
    report('IST0146', deployment, ['metadata', 'name'], 'Deployment', deployment.name)
  }
}

const hasAutoImage = (containers: readonly ContainerSpec[]): boolean =>
  containers.some(({ name, image }) => name === SIDECAR_CONTAINER && image === 'auto')

/** As the webhooks of an installation without revisions select: the cluster's own webhooks are not at hand. */
function isInjected(namespace: Labels, pod: Labels): boolean {
  const own = pod['sidecar.istio.io/inject']
  if (own === 'false' || namespace[INJECTION] === 'disabled') return false
  return (
    namespace[INJECTION] === 'enabled' ||
    namespace[REVISION] !== undefined ||
    own === 'true' ||
    pod[REVISION] !== undefined
  )
}

const SIDECAR_USER = 1337
const MESH_CONTAINERS: ReadonlySet<string | undefined> = new Set([SIDECAR_CONTAINER, 'istio-operator'])

export const applicationUsers: Analyzer = (context, report) => {
  const pods = context.kubernetes.of('Pod').map((object) => ({ object, spec: object.content.spec }))
  const deployments = context.kubernetes.of('Deployment').map((object) => {
    return { object, spec: object.content.spec?.template?.spec }
  })
  for (const { object, spec } of [...pods, ...deployments]) {
    if (isControlPlane(object.labels)) continue
    const users = [
      spec?.securityContext?.runAsUser,
      ...(spec?.containers ?? [])
        .filter(({ name }) => !MESH_CONTAINERS.has(name))
        .map(({ securityContext }) => securityContext?.runAsUser),
    ]
    if (users.includes(SIDECAR_USER)) report('IST0144', object, ['spec'])
  }
}
