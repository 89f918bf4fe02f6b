/** For specs: the problems of one resource, written as the YAML of its spec. */
import { KINDS } from '../kinds.ts'
import { parseResources } from '../parse.ts'
import type { Problem } from '../problem.ts'
import type { IstioKind } from '../resource.ts'

export function problemsOf(kind: IstioKind, spec: string, metadata = '{name: test}'): readonly Problem[] {
  const { group, versions } = KINDS[kind]
  const text = `apiVersion: ${group}/${versions[0]}\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`
  return parseResources(text, 'file.yaml').problems
}

/** Where something is wrong: `error spec.hosts`. */
export const placesOf = (problems: readonly Problem[]): string[] =>
  problems.map(({ severity, path }) => `${severity} ${path}`)
