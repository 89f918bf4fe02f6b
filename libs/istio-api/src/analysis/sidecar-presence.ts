/** Whether a workload is in the mesh: it carries a sidecar, or asks for one, or its namespace does. */
import type { ContainerSpec } from '../kubernetes/kubernetes-specs.ts'
import type { KubernetesIndex } from './kubernetes-index.ts'
import type { Labels } from './selector.ts'

export const SIDECAR_CONTAINER = 'istio-proxy'
const INJECT = 'sidecar.istio.io/inject'

export interface Workload {
  readonly namespace: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly containers: readonly ContainerSpec[]
}

export function isInMesh({ namespace, labels, annotations, containers }: Workload, index: KubernetesIndex): boolean {
  if (hasSidecar(containers)) return true
  const asked = labels[INJECT] ?? annotations[INJECT]
  if (asked !== undefined) return asked === 'true'
  return index.namespaceLabels(namespace)?.['istio-injection'] === 'enabled'
}

export function hasSidecar(containers: readonly ContainerSpec[]): boolean {
  return (containers.find(({ name }) => name === SIDECAR_CONTAINER)?.image ?? '') !== ''
}

export const isAmbient = (annotations: Labels): boolean => annotations['ambient.istio.io/redirection'] === 'enabled'

/** Of the mesh itself: it is left alone by checks of applications. */
export const isControlPlane = (labels: Labels): boolean =>
  labels['istio'] !== undefined || labels['release'] === 'istio'
