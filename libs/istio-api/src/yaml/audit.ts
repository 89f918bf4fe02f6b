/**
 * What a document may not contain although YAML allows it: Kubernetes knows only what JSON can say, and a reader must not be made to spend more
 * than the text is worth. Looked at before the document becomes data, because in the data most of it could not be seen any more.
 */
import { isAlias, isCollection, isMap, isScalar, type ParsedNode, type Scalar } from 'yaml'

export interface Flaw {
  /** In the document's text. */
  readonly offset: number
  readonly message: string
}

/** Istio's resources need 15 levels; a thousand would end the recursion of whoever reads them. */
const MAX_DEPTH = 100
/** Nobody reads more than that of one document. */
const MAX_FLAWS = 20

export function auditDocument(contents: ParsedNode | null): Flaw[] {
  const flaws: Flaw[] = []
  const waiting: { node: unknown; depth: number }[] = [{ node: contents, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next
    if (flaws.length >= MAX_FLAWS) break
    if (isCollection(node) && depth > MAX_DEPTH) {
      return [{ offset: offsetOf(node), message: `is nested more than ${MAX_DEPTH} levels deep` }]
    }
    if (isScalar(node)) flaws.push(...flawOfScalar(node))
    if (isMap(node)) {
      flaws.push(...flawsOfKeys(node.items))
      for (const { value } of node.items) waiting.push({ node: value, depth: depth + 1 })
    } else if (isCollection(node)) for (const item of node.items) waiting.push({ node: item, depth: depth + 1 })
  }
  return flaws.toSorted((a, b) => a.offset - b.offset)
}

/** Aliases in the order of the text. */
export function firstAlias(contents: ParsedNode | null): number {
  const waiting: unknown[] = [contents]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isAlias(node)) return offsetOf(node)
    if (isMap(node)) waiting.push(...node.items.flatMap(({ key, value }) => [value, key]).toReversed())
    else if (isCollection(node)) waiting.push(...node.items.toReversed())
  }
  return 0
}

function flawsOfKeys(items: readonly { readonly key: unknown }[]): Flaw[] {
  const seen = new Set<string>()
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) {
      return [{ offset: offsetOf(key), message: 'has a key that is no text, which JSON does not know' }]
    }
    if (key.value === null) return [{ offset: offsetOf(key), message: 'has a key that is null; write it in quotes' }]
    // JSON knows texts only: 8080 and "8080" are the same key.
    const name = String(key.value)
    const isTwin = seen.has(name)
    seen.add(name)
    return isTwin
      ? [{ offset: offsetOf(key), message: `has the key ${JSON.stringify(name)} twice; one would be lost` }]
      : []
  })
}

function flawOfScalar(node: Scalar): Flaw[] {
  const { value } = node
  const offset = offsetOf(node)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [{ offset, message: `has ${node.source ?? 'a number'}, which is no number of JSON; write it in quotes` }]
  }
  if (typeof value === 'object' && value !== null) {
    return [{ offset, message: `has a value with the tag ${node.tag ?? '!'}, which is unknown to Kubernetes` }]
  }
  return []
}

function offsetOf(node: unknown): number {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : null
  return Array.isArray(range) ? Number(range[0]) : 0
}
