/**
 * What was applied through the API, as a value: each change makes a new state of the next revision, or nothing at all. A revision is the number of
 * its message in the stream, so that the next one is always one more.
 */
import type { ResourceDocument } from '@meshmart/contracts'
import { nameOfDocument, written } from './documents.ts'

export interface AppliedState {
  /** 0 while nothing was ever applied. */
  readonly revision: number
  /** By name, `VirtualService meshmart/orders`. */
  readonly documents: ReadonlyMap<string, ResourceDocument>
}
export const NOTHING_APPLIED: AppliedState = { revision: 0, documents: new Map() }

export interface Change {
  readonly resource: string
  readonly change: 'created' | 'changed' | 'removed'
  readonly before: ResourceDocument | null
  readonly after: ResourceDocument | null
}
export interface NextState {
  readonly state: AppliedState
  /** Empty where everything is as it was; the state is then the one before. */
  readonly changes: readonly Change[]
}

/** These documents in place of those of the same name. @param now ms since 1970 */
export function applied(before: AppliedState, documents: readonly ResourceDocument[], now: number): NextState {
  const next = new Map(before.documents)
  for (const document of documents) {
    const name = nameOfDocument(document)
    next.set(name, stamped(document, before.documents.get(name), before.revision + 1, now))
  }
  return nextState(before, next)
}

/** @param names that are there */
export function removed(before: AppliedState, names: readonly string[]): NextState {
  const next = new Map(before.documents)
  for (const name of names) next.delete(name)
  return nextState(before, next)
}

/** The same resources as in an earlier state. */
export function rolledBack(before: AppliedState, earlier: AppliedState, now: number): NextState {
  const next = new Map<string, ResourceDocument>()
  for (const [name, document] of earlier.documents) {
    next.set(name, stamped(document, before.documents.get(name), before.revision + 1, now))
  }
  return nextState(before, next)
}

/** What differs between two states, in order of names. */
export function changesBetween(before: AppliedState['documents'], after: AppliedState['documents']): readonly Change[] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].toSorted().flatMap((resource): Change[] => {
    const [old, young] = [before.get(resource) ?? null, after.get(resource) ?? null]
    if (old !== null && young !== null && (old === young || written(old) === written(young))) return []
    return [
      {
        resource,
        change: old === null ? 'created' : young === null ? 'removed' : 'changed',
        before: old,
        after: young,
      },
    ]
  })
}

function nextState(before: AppliedState, documents: ReadonlyMap<string, ResourceDocument>): NextState {
  const changes = changesBetween(before.documents, documents)
  return { state: changes.length === 0 ? before : { revision: before.revision + 1, documents }, changes }
}

function stamped(
  document: ResourceDocument,
  before: ResourceDocument | undefined,
  revision: number,
  now: number,
): ResourceDocument {
  if (before !== undefined && written(before) === written(document)) return before
  const { status: _status, ...rest } = document
  const metadata = {
    ...document.metadata,
    namespace: document.metadata.namespace ?? 'default',
    creationTimestamp: before?.metadata.creationTimestamp ?? new Date(now).toISOString(),
    generation: (before?.metadata.generation ?? 0) + 1,
    resourceVersion: String(revision),
  }
  return { ...rest, metadata }
}
