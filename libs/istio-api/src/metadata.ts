/** What every resource has: apiVersion, kind, and metadata with name, namespace, labels and annotations. Names are Kubernetes' own. */
import { labelNameProblem, checkLabels } from './checks/selectors.ts'
import { KINDS } from './kinds.ts'
import type { Findings } from './problem.ts'
import type { IstioKind } from './resource.ts'

export interface Header {
  readonly kind: string | null
  readonly name: string | null
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly createdAt: string | null
  /** `Gateway default/my-gateway` as far as it is known. */
  readonly label: string | null
}

export function readHeader(data: unknown): Header {
  const document = isRecord(data) ? data : {}
  const metadata = isRecord(document['metadata']) ? document['metadata'] : {}
  const kind = textOf(document['kind'])
  const name = textOf(metadata['name'])
  const namespace = textOf(metadata['namespace']) ?? 'default'
  return {
    kind,
    name,
    namespace,
    labels: textMap(metadata['labels']),
    annotations: textMap(metadata['annotations']),
    createdAt: textOf(metadata['creationTimestamp']),
    label: kind === null ? null : `${kind} ${namespace}/${name ?? '?'}`,
  }
}

/** @returns false where it cannot be told which resource it is */
export function checkHeader(data: Record<string, unknown>, kind: IstioKind, findings: Findings): boolean {
  const { group, versions } = KINDS[kind]
  const wanted = versions.map((version) => `${group}/${version}`)
  if (!wanted.some((version) => version === data['apiVersion'])) {
    const written = JSON.stringify(data['apiVersion'] ?? null)
    findings.error(['apiVersion'], `must be ${wanted.join(' or ')} for a ${kind}, is ${written}`)
  }
  for (const field of Object.keys(data)) {
    if (['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(field)) continue
    findings.error([field], 'is no field of a resource; known here: apiVersion, kind, metadata, spec')
  }
  const metadata = isRecord(data['metadata']) ? data['metadata'] : {}
  checkMap(metadata['labels'], 'labels', findings)
  checkMap(metadata['annotations'], 'annotations', findings)
  return checkNames(metadata, findings)
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

function checkNames(metadata: Record<string, unknown>, findings: Findings): boolean {
  const { name, namespace } = metadata
  const isName = typeof name === 'string' && name.length <= 253 && name.split('.').every((label) => LABEL.test(label))
  if (!isName) {
    const is =
      name === undefined && 'generateName' in metadata
        ? 'generated, so that nobody could name it'
        : JSON.stringify(name ?? null)
    findings.error(['metadata', 'name'], `must be a DNS name in small letters such as my-gateway, is ${is}`)
  }
  const isHome =
    namespace === undefined || (typeof namespace === 'string' && namespace.length <= 63 && LABEL.test(namespace))
  // An empty one means the same as none.
  if (isHome || namespace === '' || namespace === null) return isName
  findings.error(['metadata', 'namespace'], `must be the name of a namespace, is ${JSON.stringify(namespace)}`)
  return false
}

/** Their types are the schema's business. */
function checkMap(written: unknown, field: 'labels' | 'annotations', findings: Findings): void {
  const path = ['metadata', field]
  const entries = textMap(written)
  if (field === 'labels') checkLabels(entries, path, findings)
  else {
    for (const name of Object.keys(entries)) {
      if (labelNameProblem(name) !== null) findings.error([...path, name], 'is no name of an annotation')
    }
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(isRecord(value) ? value : {}).map(([key, each]) => [key, String(each)]))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
