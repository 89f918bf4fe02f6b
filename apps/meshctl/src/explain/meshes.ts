/** Meshes that were read already: in a batch many cases ask about the same files. */
import { createHash } from 'node:crypto'
import { explainedMesh, joinMeshes, readMesh, type ExplainedMesh, type Problem } from '@meshmart/istio-api'
import type { SourceFile } from '../sources.ts'

export interface MeshOfFiles {
  /** Resources with an error as well, as they are meant: another mesh may be able to do what this one refuses. */
  readonly whole: ExplainedMesh
  /** Without them: where what they say cannot be compiled at all. */
  readonly sound: () => ExplainedMesh
  readonly problems: readonly Problem[]
}

const KEPT = 16
const kept = new Map<string, MeshOfFiles>()

export function meshOf(files: readonly SourceFile[]): MeshOfFiles {
  const hash = createHash('sha256')
  for (const { name, text } of files) hash.update(`${name}\0${text}\0`)
  const key = hash.digest('base64')
  const known = kept.get(key)
  if (known !== undefined) return known
  const read = joinMeshes(files.map(({ name, text }) => readMesh(text, name)))
  const made = {
    whole: explainedMesh({ ...read, resources: [...read.resources, ...read.refused] }),
    sound: () => explainedMesh(read),
    problems: read.problems.filter(({ severity }) => severity === 'error'),
  }
  kept.set(key, made)
  const [oldest] = kept.keys()
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
  return made
}
