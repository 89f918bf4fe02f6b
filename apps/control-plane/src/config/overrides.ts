/**
 * An applied resource may take the place of one of the folder, if it says so: annotation `meshmart.io/overrides: folder`. Without it two that have one name
 * are a mistake. Deleted, or rolled back, it leaves the folder's in force again (ADR 22).
 */
import type { ResourceDocument } from '@meshmart/contracts'
import { nameOf, OVERRIDES, type Problem, type Resource } from '@meshmart/istio-api'
import type { AppliedState } from './applied.ts'

/** Whether it says that it takes the place of the folder's. */
export function isOverride({ metadata }: ResourceDocument): boolean {
  const { annotations } = metadata
  return typeof annotations === 'object' && annotations !== null && Object.hasOwn(annotations, OVERRIDES)
}

export function asOverride(document: ResourceDocument): ResourceDocument {
  const { metadata } = document
  const { annotations } = metadata
  const others = typeof annotations === 'object' && annotations !== null ? annotations : {}
  return { ...document, metadata: { ...metadata, annotations: { ...others, [OVERRIDES]: 'folder' } } }
}

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
