/**
 * Which version of each resource is to be in force. In Kubernetes each resource is applied alone and has a status of its own, so one that is wrong holds
 * back nobody else: it stays as it was last good, and everything else goes on. What was deleted is gone.
 */
import type { Problem } from '@meshmart/istio-api'
import { changesBetween, type AppliedState, type Change } from '../applied.ts'
import type { ResourceDocument } from '@meshmart/contracts'
import type { ReadObject } from './resource-reader.ts'

export interface Admission {
  /** The one before, where nothing is to change. */
  readonly state: AppliedState
  readonly changes: readonly Change[]
  /** Errors by the name of the resource which they keep out. */
  readonly errors: ReadonlyMap<string, readonly Problem[]>
  /** Warnings by the name of the resource that is in force all the same. */
  readonly warnings: ReadonlyMap<string, readonly Problem[]>
}

/**
 * @param before what is in force
 * @param check what would be wrong with all of it together
 */
export function admit(
  before: AppliedState,
  objects: readonly ReadObject[],
  check: (state: AppliedState) => readonly Problem[],
): Admission {
  const errors = new Map<string, Problem[]>()
  const warned = new Map<string, Problem[]>()
  for (const { name, problems } of objects) {
    for (const problem of problems) add(isError(problem) ? errors : warned, name, problem)
  }
  for (;;) {
    const state = stateWith(before, objects, errors)
    const found = check(state)
    // Each round keeps at least one more out, and so there is a last one.
    const blamed = found.filter((problem) => isError(problem) && !errors.has(problem.resource))
    for (const problem of blamed) add(errors, problem.resource, problem)
    if (blamed.length > 0) continue
    for (const problem of found) if (!isError(problem)) add(warned, problem.resource, problem)
    return { state, changes: changesOf(before, state), errors, warnings: warned }
  }
}

function stateWith(
  before: AppliedState,
  objects: readonly ReadObject[],
  refused: ReadonlyMap<string, unknown>,
): AppliedState {
  const revision = before.revision + 1
  const documents = new Map<string, ResourceDocument>()
  for (const { name, document } of objects) {
    const present = before.documents.get(name)
    // One of the same name that was deleted in between was another resource: nothing of it goes on.
    const isSame = present !== undefined && present.metadata['uid'] === document.metadata['uid']
    if (refused.has(name)) {
      if (isSame) documents.set(name, present)
    } else documents.set(name, isSame ? following(present, document, revision) : stamped(document, revision))
  }
  const isUnchanged =
    documents.size === before.documents.size &&
    [...documents].every(([name, each]) => before.documents.get(name) === each)
  return isUnchanged ? before : { revision, documents }
}

function following(present: ResourceDocument, document: ResourceDocument, revision: number): ResourceDocument {
  const next = stamped(document, revision)
  return changesBetween(new Map([['', present]]), new Map([['', next]])).length === 0 ? present : next
}

const stamped = (document: ResourceDocument, revision: number): ResourceDocument => ({
  ...document,
  metadata: { ...document.metadata, resourceVersion: String(revision) },
})

/** One that was deleted and made again with the same words is a change, too: another age decides other conflicts. */
function changesOf(before: AppliedState, after: AppliedState): readonly Change[] {
  if (before === after) return []
  const said = changesBetween(before.documents, after.documents)
  const named = new Set(said.map(({ resource }) => resource))
  const remade = [...after.documents].flatMap(([resource, document]): Change[] => {
    const present = before.documents.get(resource)
    if (present === undefined || present === document || named.has(resource)) return []
    return [{ resource, change: 'changed', before: present, after: document }]
  })
  return [...said, ...remade]
}

const isError = ({ severity }: Problem): boolean => severity === 'error'

function add(to: Map<string, Problem[]>, name: string, problem: Problem): void {
  const known = to.get(name)
  if (known === undefined) to.set(name, [problem])
  else known.push(problem)
}
