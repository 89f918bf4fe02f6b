/**
 * An applied resource may take the place of one of the folder, if it says so: annotation `meshmart.io/overrides: folder`. Without it two that have one name
 * are a mistake. Deleted, or rolled back, it leaves the folder's in force again. What happens to the folder's meanwhile has no effect, and is told (ADR 22).
 */
import { createHash } from 'node:crypto'
import type { ResourceDocument } from '@meshmart/contracts'
import { nameOf, OVERRIDDEN, OVERRIDES, type Problem, type Resource } from '@meshmart/istio-api'
import type { AppliedState } from './applied.ts'
import { written } from './documents.ts'

/** Whether it says that it takes the place of the folder's. */
export const isOverride = (document: ResourceDocument): boolean => annotationsOf(document)[OVERRIDES] !== undefined

/** Whether it says which state of the folder's that was. */
export const notesWhatItReplaced = (document: ResourceDocument): boolean =>
  annotationsOf(document)[OVERRIDDEN] !== undefined

/** @param replaced that of the folder: noted, so that a later change of it is seen, also after a restart */
export function asOverride(document: ResourceDocument, replaced: ResourceDocument): ResourceDocument {
  const { metadata } = document
  const said = { [OVERRIDES]: 'folder', [OVERRIDDEN]: digestOf(replaced) }
  return { ...document, metadata: { ...metadata, annotations: { ...annotationsOf(document), ...said } } }
}

/** What has become of the folder's since its place was taken. @param read that one; undefined where it is no longer there */
export function changeBelow(
  override: ResourceDocument,
  read: () => ResourceDocument | undefined,
): 'changed' | 'removed' | undefined {
  if (!isOverride(override) || !notesWhatItReplaced(override)) return undefined
  const folder = read()
  if (folder === undefined) return 'removed'
  return digestOf(folder) === annotationsOf(override)[OVERRIDDEN] ? undefined : 'changed'
}

function annotationsOf({ metadata: { annotations } }: ResourceDocument): Record<string, unknown> {
  return typeof annotations === 'object' && annotations !== null ? { ...annotations } : {}
}

/** Of what its author has written: short, since it only tells two states of one resource apart. */
const digestOf = (document: ResourceDocument): string =>
  createHash('sha256').update(written(document)).digest('hex').slice(0, 16)

/** What of the folder is in force: all that no applied resource takes the place of. */
export function besideApplied(folder: readonly Resource[], { documents }: AppliedState): readonly Resource[] {
  const isReplaced = (resource: Resource): boolean => {
    const document = documents.get(nameOf(resource))
    return document !== undefined && isOverride(document)
  }
  return folder.some(isReplaced) ? folder.filter((each) => !isReplaced(each)) : folder
}

/** Nobody reads the annotation of a resource that stands in the folder itself. */
export const overridesNothing = (resource: Resource): Problem[] =>
  resource.annotations[OVERRIDES] === undefined
    ? []
    : [overrideWarning(resource, `${OVERRIDES} means nothing on a resource of the folder itself`)]

/** @param resource whose name and place stand in the warning */
export function overrideWarning(resource: Resource, message: string): Problem {
  const path = ''
  const place = resource.origin.locate(['metadata', 'name'])
  const { file } = resource.origin
  return { severity: 'warning', code: 'ineffective', resource: nameOf(resource), path, file, ...place, message }
}
