/** What is done to a resource of the folder while an applied one stands in its place has no effect: whoever did it is told so (ADR 22). */
import type { ResourceDocument } from '@meshmart/contracts'
import { nameOf, type Problem } from '@meshmart/istio-api'
import type { AppliedState } from './applied.ts'
import { nameOfDocument } from './documents.ts'
import { documentIn, type FolderContent } from './folder-source.ts'
import { changeBelow, overrideWarning } from './overrides.ts'

/** Undefined where this applied document takes nobody's place, or the folder's is as it was then. */
export function warningOf(folder: FolderContent, document: ResourceDocument): Problem | undefined {
  const name = nameOfDocument(document)
  const change = changeBelow(document, () => documentIn(folder, name))
  if (change === undefined) return undefined
  const revision = document.metadata.resourceVersion ?? 'unknown'
  const message = `was ${change} in the folder without effect: overridden by applied revision ${revision} until that is deleted`
  const resource = folder.resources.find((each) => nameOf(each) === name)
  if (resource !== undefined) return overrideWarning(resource, message)
  const place = { file: 'applied', line: 1, column: 1 }
  return { severity: 'warning', code: 'ineffective', resource: name, path: '', ...place, message }
}

/** Tells each once: not again with every other change of the folder, but again after a restart. */
export class ChangesBelow {
  #told = new Map<string, string>()

  news(folder: FolderContent, { documents }: AppliedState): Problem[] {
    const before = this.#told
    this.#told = new Map()
    return [...documents].flatMap(([name, document]) => {
      const warning = warningOf(folder, document)
      if (warning === undefined) return []
      const state = JSON.stringify([warning.message, documentIn(folder, name)])
      this.#told.set(name, state)
      return before.get(name) === state ? [] : [warning]
    })
  }
}
