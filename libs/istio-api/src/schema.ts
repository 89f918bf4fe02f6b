/**
 * Structure: required fields, types, enumerations and unknown fields, all from Istio's own schemas as `@kubernetes-models/istio` compiled
 * them. Those validators let unknown fields pass. But a validator reads each field that its schema names, and nothing else: so the data is
 * handed over behind a proxy that notes what is read, and what was never read is unknown. The same notes say which names would be right.
 */
import type { KindEntry } from './kinds.ts'
import type { Findings } from './problem.ts'
import type { FieldPath } from './resource.ts'

/** Reports every deviation of a document from its kind's schema. @returns false where there was one */
export function checkStructure(entry: KindEntry, document: Record<string, unknown>, findings: Findings): boolean {
  const before = findings.problems.length
  const reads: ReadNotes[] = []
  const model = new entry.model()
  // An empty spec is written as nothing at all by many tools.
  const watched = watch({ metadata: document['metadata'], spec: document['spec'] ?? {} }, [], reads)
  Object.assign(model, { metadata: watched['metadata'], spec: watched['spec'] })
  for (const error of schemaErrors(model)) reportSchemaError(error, document, findings)
  for (const notes of reads) reportUnknownFields(notes, findings)
  return findings.problems.length === before
}

interface ReadNotes {
  readonly path: FieldPath
  readonly data: object
  readonly read: Set<string>
  /** The schema walks all keys: a map with free names. */
  isMap: boolean
}

interface SchemaError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

function watch<T extends object>(data: T, path: FieldPath, reads: ReadNotes[]): T {
  const notes: ReadNotes = { path, data, read: new Set(), isMap: false }
  reads.push(notes)
  const children = new Map<string, object>()
  return new Proxy(data, {
    get(target, key, receiver): unknown {
      const value: unknown = Reflect.get(target, key, receiver)
      if (typeof key !== 'string') return value
      notes.read.add(key)
      if (typeof value !== 'object' || value === null) return value
      const step = Array.isArray(target) ? Number(key) : key
      const child = children.get(key) ?? watch(value, [...path, step], reads)
      children.set(key, child)
      return child
    },
    ownKeys(target) {
      notes.isMap = true
      return Reflect.ownKeys(target)
    },
  })
}

function schemaErrors(model: { validate(): void }): SchemaError[] {
  try {
    model.validate()
    return []
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors))
      return error.errors
    throw error
  }
}

function reportSchemaError(error: SchemaError, document: object, findings: Findings): void {
  // `not` only ever stands inside a choice, and the choice itself is reported.
  if (error.keyword === 'not') return
  const path = pathOf(error.instancePath, document)
  findings.error(path, messageOf(error, valueAt(document, path)))
}

function messageOf({ keyword, params, message }: SchemaError, value: unknown): string {
  switch (keyword) {
    case 'type':
      return `must be ${article(String(params['type']))}, is ${describe(value)}`
    case 'required':
      return `needs the field ${String(params['missingProperty'])}`
    case 'enum':
      return `must be one of ${listOf(params['allowedValues'])}, is ${describe(value)}`
    case 'minimum':
    case 'maximum':
      return `must be ${String(params['comparison'])} ${String(params['limit'])}, is ${describe(value)}`
    case 'oneOf':
    case 'anyOf':
      return 'must have exactly one of the alternatives that Istio offers here'
    default:
      return `${message ?? `does not fit (${keyword})`}, is ${describe(value)}`
  }
}

function reportUnknownFields({ path, data, read, isMap }: ReadNotes, findings: Findings): void {
  // Nothing read at all: the parent already failed, or the schema leaves this open.
  if (isMap || Array.isArray(data) || read.size === 0 || path.length === 0 || path[0] === 'metadata') return
  for (const key of Object.keys(data)) {
    if (read.has(key)) continue
    const close = closest(key, read)
    const known = close === null ? `known here: ${[...read].toSorted().join(', ')}` : `did you mean ${close}?`
    findings.error([...path, key], `is no field that Istio knows; ${known}`)
  }
}

function pathOf(instancePath: string, document: object): FieldPath {
  const path: (string | number)[] = []
  for (const part of instancePath.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(document, path)) ? Number(step) : step)
  }
  return path
}

function valueAt(document: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  }, document)
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value ?? null)
}

function article(type: string): string {
  if (type === 'array') return 'a list'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values)
}

/** The known name within two edits, if there is one. */
function closest(key: string, known: ReadonlySet<string>): string | null {
  const ranked = [...known]
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= 2 ? best.name : null
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
