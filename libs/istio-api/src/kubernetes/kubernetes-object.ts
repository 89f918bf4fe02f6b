/** Kubernetes objects as this library sees them: metadata that is filled in, what is read of the rest, and where each field stands. */
import { isRecord } from '../metadata.ts'
import { Findings, type Problem } from '../problem.ts'
import type { Origin } from '../resource.ts'
import { map, text } from './field-readers.ts'
import { CLUSTER_SCOPED, SPECS, type KubernetesContent, type KubernetesKind } from './kubernetes-specs.ts'

export interface KubernetesObjectOf<K extends KubernetesKind> {
  /** `KubernetesGateway` for a Gateway of the Gateway API, because Istio's has the same name. */
  readonly kind: K
  readonly name: string
  /** Empty where the kind has none. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** As written, RFC 3339; null where the document does not say. */
  readonly creationTimestamp: string | null
  readonly content: KubernetesContent<K>
  readonly origin: Origin
}
export type KubernetesObject = { [K in KubernetesKind]: KubernetesObjectOf<K> }[KubernetesKind]

export function ofKubernetesKind<K extends KubernetesKind>(
  objects: readonly KubernetesObject[],
  kind: K,
): Extract<KubernetesObject, { kind: K }>[] {
  return objects.filter((object): object is Extract<KubernetesObject, { kind: K }> => object.kind === kind)
}

/** @param namespace where the document names none */
export function readKubernetesObject(
  kind: KubernetesKind,
  data: Readonly<Record<string, unknown>>,
  origin: Origin,
  namespace: string,
): { object: KubernetesObject | null; problems: readonly Problem[] } {
  const metadata = isRecord(data['metadata']) ? data['metadata'] : {}
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : ''
  const home = CLUSTER_SCOPED.has(kind) ? '' : textOr(metadata['namespace'], namespace)
  const written = kind === 'KubernetesGateway' ? 'Gateway' : kind
  const findings = new Findings(`${written} ${home === '' ? '' : `${home}/`}${name === '' ? '?' : name}`, origin)
  if (name === '')
    findings.error(['metadata', 'name'], `must be a name, is ${JSON.stringify(metadata['name'] ?? null)}`)
  const labels = map(text)(metadata['labels'], ['metadata', 'labels'], findings) ?? {}
  const annotations = map(text)(metadata['annotations'], ['metadata', 'annotations'], findings) ?? {}
  const content = SPECS[kind](data, [], findings)
  const { problems } = findings
  if (findings.hasErrors || content === undefined) return { object: null, problems }
  const creationTimestamp = timestampOf(metadata['creationTimestamp'])
  // The kind's own reader made the content, which is what makes this assertion true.
  const object = { kind, name, namespace: home, labels, annotations, creationTimestamp, content, origin }
  return { object: object as KubernetesObject, problems }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}

function timestampOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
