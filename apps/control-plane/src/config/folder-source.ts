/** The folder as one of the two sources of configuration: what it said last that was good, and which file a resource comes from. */
import { createHash } from 'node:crypto'
import type { ResourceDocument } from '@meshmart/contracts'
import { nameOf, parseResources, type Problem, type Resource } from '@meshmart/istio-api'
import type { ConfigFile } from './folder.ts'
import { overridesNothing } from './overrides.ts'
import { nameOfDocument, readWritten } from './documents.ts'

export interface FolderContent {
  /** Of all files: the same digest is the same content. */
  readonly digest: string
  readonly resources: readonly Resource[]
  /** File of each resource, by name. */
  readonly files: ReadonlyMap<string, string>
  readonly texts: readonly ConfigFile[]
}

export const digestOf = (files: readonly ConfigFile[]): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex')

export function readFiles(texts: readonly ConfigFile[]): { content: FolderContent; problems: Problem[] } {
  const parsed = texts.map(({ name, text }) => parseResources(text, name))
  const resources = parsed.flatMap((file) => file.resources)
  const files = new Map(resources.map((resource) => [nameOf(resource), resource.origin.file]))
  return {
    content: { digest: digestOf(texts), resources, files, texts },
    problems: [...parsed.flatMap((file) => file.problems), ...resources.flatMap(overridesNothing)],
  }
}

/** One of them, whole; of its file alone. */
export function documentIn({ files, texts }: FolderContent, name: string): ResourceDocument | undefined {
  const file = files.get(name)
  return texts
    .filter((each) => each.name === file)
    .flatMap(({ text }) => readWritten(parseResources(text, name).documents))
    .find((document) => nameOfDocument(document) === name)
}

/** Whole documents, for whoever wants to see them: read anew, because that is asked seldom. */
export function documentsOf({ texts }: FolderContent): Map<string, { document: ResourceDocument; file: string }> {
  const found = texts.flatMap(({ name, text }) =>
    readWritten(parseResources(text, name).documents).map(
      (document) => [nameOfDocument(document), { document, file: name }] as const,
    ),
  )
  return new Map(found)
}
