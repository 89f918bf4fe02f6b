/**
 * Resources as they were written: whole documents, kept beside what `istio-api` reads out of them, so that whoever asks gets back what was applied,
 * with every field. What the control plane adds stands in `metadata`, under Kubernetes' names.
 */
import { ResourceDocument } from '@meshmart/contracts'

export interface ResourceName {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** `VirtualService meshmart/orders`, as problems and snapshots name a resource. */
export const nameOfDocument = ({ kind, metadata }: ResourceDocument): string =>
  formatName({ kind, namespace: metadata.namespace ?? 'default', name: metadata.name })
export const formatName = ({ kind, namespace, name }: ResourceName): string => `${kind} ${namespace}/${name}`

/** @param documents that `parseResources` has read. Those that are no resource are left out. */
export const readWritten = (documents: readonly unknown[]): ResourceDocument[] =>
  documents.flatMap((data) => ResourceDocument.safeParse(data).data ?? [])

const OURS = ['creationTimestamp', 'generation', 'resourceVersion', 'uid', 'managedFields', 'selfLink']

/** What its author has written, in one form whatever the order of its fields: without `status` and without what is added to `metadata`. */
export function written(document: ResourceDocument): string {
  const { status: _status, metadata, ...rest } = document
  const own = Object.entries(metadata).filter(([name]) => !OURS.includes(name))
  return JSON.stringify(inOrder({ ...rest, metadata: { namespace: 'default', ...Object.fromEntries(own) } }))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, each]) => [name, inOrder(each)]))
}
