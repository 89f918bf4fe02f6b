/**
 * Reads whatever stands in a file of an operator: Istio's resources, and the Kubernetes objects that analysis and explanation need beside them.
 * The control plane reads only what it applies (`parseResources`); here a resource with an error still comes out, so that everything else that
 * is wrong with it can be said as well.
 */
import { readDocuments, type YamlDocument } from '../document.ts'
import { itemsOf } from '../list.ts'
import { readMeshConfigMap } from '../mesh-config/config-map.ts'
import { readResource } from '../parse.ts'
import type { Problem } from '../problem.ts'
import type { Origin, Resource } from '../resource.ts'
import { isRecord } from '../metadata.ts'
import { readKubernetesObject, type KubernetesObject } from './kubernetes-object.ts'
import { KUBERNETES_KINDS } from './kubernetes-specs.ts'

export interface ReadMesh {
  /** Without an error. */
  readonly resources: readonly Resource[]
  /** Their structure is right, and something in them is an error; each has its problem. */
  readonly refused: readonly Resource[]
  readonly kubernetes: readonly KubernetesObject[]
  /** Documents of kinds that are nobody's business here. */
  readonly passedOver: readonly PassedOver[]
  readonly problems: readonly Problem[]
}
export interface PassedOver {
  /** `batch/v1 Job default/my-job` */
  readonly label: string
  readonly origin: Origin
}

interface Collected {
  readonly resources: Resource[]
  readonly refused: Resource[]
  readonly kubernetes: KubernetesObject[]
  readonly passedOver: PassedOver[]
  readonly problems: Problem[]
}

/**
 * @param text YAML or JSON, one or more documents, also Kubernetes' `List`
 * @param file as it shall stand in problems
 * @param namespace of what names none
 */
export function readMesh(text: string, file: string, namespace = 'default'): ReadMesh {
  const collected: Collected = { resources: [], refused: [], kubernetes: [], passedOver: [], problems: [] }
  for (const document of readDocuments(text, file).flatMap(itemsOf)) readInto(collected, document, text, namespace)
  return collected
}

export function joinMeshes(meshes: readonly ReadMesh[]): ReadMesh {
  return {
    resources: meshes.flatMap(({ resources }) => resources),
    refused: meshes.flatMap(({ refused }) => refused),
    kubernetes: meshes.flatMap(({ kubernetes }) => kubernetes),
    passedOver: meshes.flatMap(({ passedOver }) => passedOver),
    problems: meshes.flatMap(({ problems }) => problems),
  }
}

function readInto(into: Collected, document: YamlDocument, text: string, namespace: string): void {
  const { data, origin } = document
  const header = isRecord(data) ? headerOf(data) : null
  if (isRecord(data) && header !== null && !isIstio(header.apiVersion)) {
    const kind = KUBERNETES_KINDS[`${header.apiVersion} ${header.kind}`]
    if (kind === undefined) {
      into.passedOver.push({ label: `${header.apiVersion} ${header.kind} ${header.name}`, origin })
      return
    }
    const { object, problems } = readKubernetesObject(kind, data, origin, namespace)
    into.problems.push(...problems)
    if (object !== null) into.kubernetes.push(object)
    if (object?.kind !== 'ConfigMap' || object.namespace !== 'istio-system' || object.name !== 'istio') return
    const config = readMeshConfigMap(document, text)
    into.problems.push(...config.problems)
    if (config.resource !== null) into.resources.push(config.resource)
    return
  }
  const { resource, understood, problems } = readResource(withNamespace(document, namespace), origin.file)
  into.problems.push(...problems)
  if (resource !== null) into.resources.push(resource)
  else if (understood !== null) into.refused.push(understood)
}

/** Null for what is no object of Kubernetes at all; the reader of resources says what it lacks. */
function headerOf(data: Record<string, unknown>): { apiVersion: string; kind: string; name: string } | null {
  const { apiVersion, kind, metadata } = data
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') return null
  const { namespace, name } = isRecord(metadata) ? metadata : {}
  return { apiVersion, kind, name: [namespace, name].filter((part) => typeof part === 'string').join('/') }
}

function isIstio(apiVersion: string): boolean {
  return apiVersion.split('/')[0]?.endsWith('.istio.io') === true
}

function withNamespace(document: YamlDocument, namespace: string): YamlDocument {
  const { data } = document
  if (!isRecord(data) || !isRecord(data['metadata']) || data['metadata']['namespace'] !== undefined) return document
  return { ...document, data: { ...data, metadata: { ...data['metadata'], namespace } } }
}
