/** YAML with positions: each document of a file as plain data, and a way back from a field to its line and column. */
import { isMap, isScalar, LineCounter, parseAllDocuments, type Document, type ParsedNode } from 'yaml'
import type { FieldPath, Origin, Position } from './resource.ts'
import { readPlainYaml } from './yaml/plain-yaml.ts'

export interface YamlDocument {
  /** Null for an empty document. */
  readonly data: unknown
  readonly origin: Origin
  /** What keeps it from being read, each with its place. */
  readonly errors: readonly { readonly position: Position; readonly message: string }[]
}

/** Reads all documents of a file; documents without content are left out. JSON is YAML. */
export function readDocuments(text: string, file: string): YamlDocument[] {
  return readPlainDocuments(text, file) ?? readAll(text, file)
}

/** Null where one of the documents is not plain. Where something stands is found out once somebody asks. */
function readPlainDocuments(text: string, file: string): YamlDocument[] | null {
  const documents: YamlDocument[] = []
  let linesBefore = 0
  for (const chunk of text.split(/^(?=---$)/m)) {
    const plain = readPlainYaml(chunk)
    if (plain === null) return null
    if (plain.data !== null)
      documents.push({ data: plain.data, origin: lateOrigin(chunk, linesBefore, file), errors: [] })
    linesBefore += chunk.split('\n').length - 1
  }
  return documents
}

function lateOrigin(chunk: string, linesBefore: number, file: string): Origin {
  let whole: YamlDocument | undefined
  return {
    file,
    locate(path) {
      whole ??= readAll(chunk, file)[0]
      const { line, column } = whole?.origin.locate(path) ?? { line: 1, column: 1 }
      return { line: line + linesBefore, column }
    },
  }
}

function readAll(text: string, file: string): YamlDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (!Array.isArray(documents)) return []
  return documents
    .map((document) => readDocument(document, lines, file))
    .filter(({ data, errors }) => data !== null || errors.length > 0)
}

function readDocument(document: Document.Parsed<ParsedNode>, lines: LineCounter, file: string): YamlDocument {
  const origin = { file, locate: (path: FieldPath) => position(lines, offsetOf(document, path)) }
  const errors = document.errors.map((error) => ({ position: position(lines, error.pos[0]), message: error.message }))
  if (errors.length > 0) return { data: null, origin, errors }
  try {
    return { data: document.toJS(), origin, errors }
  } catch (error) {
    // Aliases that stand for more than they should: a file of a few lines could otherwise fill the memory.
    const message = error instanceof Error ? error.message : String(error)
    return { data: null, origin, errors: [{ position: origin.locate([]), message }] }
  }
}

/** Where a field's key stands, or, for an entry of a list, the entry; of the nearest parent where the field itself is missing. */
function offsetOf(document: Document.Parsed<ParsedNode>, path: FieldPath): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const step = path[length - 1]
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0]
    }
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (hasRange(node)) return node.range[0]
  }
  return document.contents?.range[0] ?? document.range[0]
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}
