/**
 * YAML with positions: each document of a file as plain data, and a way back from a field to its line and column. JSON is YAML. Whatever is
 * handed over ends as data or as errors with a place, in time and memory that grow with the text and no faster.
 */
import {
  isMap,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Document,
  type ParsedNode,
  type ParseOptions,
  type DocumentOptions,
  type SchemaOptions,
} from 'yaml'
import type { FieldPath, Origin, Position } from './resource.ts'
import { auditDocument, firstAlias } from './yaml/audit.ts'
import { cutDocuments, type Chunk } from './yaml/chunks.ts'
import { kubernetesTags } from './yaml/kubernetes-scalars.ts'
import { readPlainYaml } from './yaml/plain-yaml.ts'

export interface YamlDocument {
  /** Null for an empty document, and where there are errors. */
  readonly data: unknown
  readonly origin: Origin
  /** What keeps it from being read, each with its place. */
  readonly errors: readonly DocumentError[]
}
export interface DocumentError {
  readonly position: Position
  /** Completes a sentence: `is not YAML: …`. */
  readonly message: string
}

/** Kubernetes stores nothing above 1.5 MB; a List of many resources may be larger. In characters. */
const MAX_DOCUMENT = 4 * 1024 * 1024
/** One slip of the hand can make dozens of errors, of which the first one tells the most. */
const MAX_ERRORS = 5
const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  prettyErrors: false,
  schema: 'core',
  merge: true,
  // Looked for in the audit: the library compares each key with each, which takes minutes where a map is large.
  uniqueKeys: false,
  logLevel: 'silent',
  customTags: kubernetesTags,
}

/** Reads all documents of a file; documents without content are left out. */
export function readDocuments(text: string, file: string): YamlDocument[] {
  const foreign = foreignCharacter(text)
  if (foreign !== null) return [unreadable(file, foreign.position, foreign.message)]
  // A byte order mark is no part of the text.
  const chunks = cutDocuments(text.startsWith('\ufeff') ? text.slice(1) : text)
  return chunks
    .flatMap((chunk) => readChunk(chunk, file))
    .filter(({ data, errors }) => data !== null || errors.length > 0)
}

function readChunk(chunk: Chunk, file: string): YamlDocument[] {
  if (chunk.text.length > MAX_DOCUMENT) {
    const message = `a document must not be longer than ${MAX_DOCUMENT} characters, this one has ${chunk.text.length}`
    return [unreadable(file, { line: chunk.linesBefore + 1, column: 1 }, message)]
  }
  const plain = readPlainYaml(chunk.text)
  if (plain === null) return readWholeYaml(chunk, file)
  const locate = (path: FieldPath): Position => {
    const { line, column } = plain.locate(path)
    return { line: line + chunk.linesBefore, column }
  }
  return [{ data: plain.data, origin: { file, locate }, errors: [] }]
}

/** Reads whatever YAML there is. */
export function readWholeYaml(chunk: Chunk, file: string): YamlDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments<ParsedNode>(chunk.text, { ...OPTIONS, lineCounter: lines })
  if (!Array.isArray(documents)) return []
  const place: PlaceOf = (offset) => {
    const { line, col } = lines.linePos(offset)
    return { line: line + chunk.linesBefore, column: col }
  }
  return documents.map((document) => readDocument(document, place, file))
}

type PlaceOf = (offset: number) => Position

function readDocument(document: Document.Parsed<ParsedNode>, place: PlaceOf, file: string): YamlDocument {
  const origin = { file, locate: (path: FieldPath) => place(offsetOf(document, path)) }
  const found = [...document.errors, ...document.warnings].map(({ code, pos, message }) => {
    // The library says how it ran out of its stack.
    return { offset: pos[0], message: code === 'RESOURCE_EXHAUSTION' ? 'is nested too deeply' : message }
  })
  const flaws = found.length > 0 ? found : auditDocument(document.contents)
  const errors = flaws.slice(0, MAX_ERRORS).map(({ offset, message }) => ({ position: place(offset), message }))
  if (errors.length > 0) return { data: null, origin, errors }
  try {
    const data: unknown = document.toJS()
    // An alias within its own anchor makes data without an end.
    JSON.stringify(data)
    return { data, origin, errors }
  } catch (error) {
    // Aliases that stand for more than they should: a file of a few lines could otherwise fill the memory.
    const message = error instanceof ReferenceError ? error.message : 'an alias stands within its own anchor'
    return { data: null, origin, errors: [{ position: place(firstAlias(document.contents)), message }] }
  }
}

/** What stands in no text: the beginning of a binary file, or of one in another encoding. */
function foreignCharacter(text: string): DocumentError | null {
  const index = text.search(FOREIGN)
  if (index === -1) return null
  const before = text.slice(0, index).split('\n')
  const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  const code = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')
  return { position, message: `holds the character U+${code}: this is no text in UTF-8` }
}
// eslint-disable-next-line no-control-regex
const FOREIGN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd-\uffff]/

function unreadable(file: string, position: Position, message: string): YamlDocument {
  return { data: null, origin: { file, locate: () => position }, errors: [{ position, message }] }
}

/** Where a field's key stands, or, for an entry of a list, the entry; of the nearest parent where the field itself is missing. */
function offsetOf(document: Document.Parsed<ParsedNode>, path: FieldPath): number {
  let offset = document.contents?.range[0] ?? document.range[0]
  let node: unknown = document.contents
  for (const step of path) {
    const next = stepInto(node, step)
    if (next === null) break
    offset = next.offset ?? offset
    node = next.node
  }
  return offset
}

function stepInto(node: unknown, step: string | number): { node: unknown; offset: number | undefined } | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return pair === undefined ? null : { node: pair.value, offset: rangeOf(pair.key) }
  }
  const items: unknown = typeof node === 'object' && node !== null && 'items' in node ? node.items : null
  if (!Array.isArray(items) || typeof step !== 'number' || step >= items.length) return null
  return { node: items[step], offset: rangeOf(items[step]) }
}

function rangeOf(node: unknown): number | undefined {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : null
  return Array.isArray(range) ? Number(range[0]) : undefined
}
