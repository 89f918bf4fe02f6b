/**
 * Structure: required fields, types, enumerations and unknown fields, all from Istio's own schemas as `@kubernetes-models/istio` compiled
 * them. Those validators let unknown fields pass. But a validator reads each field that its schema names, and nothing else: so the data is
 * handed over behind a proxy that notes what is read, and what was never read is unknown. The same notes say which names would be right.
 */
import { closest } from './edit-distance.ts'
import { KINDS } from './kinds.ts'
import { checkShape } from './mesh-config/shape.ts'
import { NEWER_FIELDS, NEWER_VALUES } from './newer-fields.ts'
import { fieldPattern, type Findings } from './problem.ts'
import type { FieldPath, IstioKind } from './resource.ts'
import { messageOf, type SchemaError } from './schema-messages.ts'

/**
 * Reports every deviation of a document from its kind's schema.
 * @returns false where the types do not fit, so that nothing more can be said of it; an unknown field alone hides nothing of the rest
 */
export function checkStructure(kind: IstioKind, document: Record<string, unknown>, findings: Findings): boolean {
  const reads: ReadNotes[] = []
  const model = new KINDS[kind].model()
  // An empty spec is written as nothing at all by many tools.
  const watched = watch({ metadata: document['metadata'], spec: document['spec'] ?? {} }, [], reads)
  Object.assign(model, { metadata: watched['metadata'], spec: watched['spec'] })
  const errors = schemaErrors(model).filter((error) => !isNewerValue(error, document))
  for (const error of errors) reportSchemaError(error, document, findings)
  const areNewerSound = reads.map((notes) => checkUnread(notes, kind, findings))
  return errors.length === 0 && areNewerSound.every(Boolean)
}

interface ReadNotes {
  readonly path: FieldPath
  readonly data: object
  readonly read: Set<string>
  /** The schema walks all keys: a map with free names. */
  isMap: boolean
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

function isNewerValue({ keyword, instancePath }: SchemaError, document: object): boolean {
  if (keyword !== 'enum') return false
  const path = pathOf(instancePath, document)
  return (NEWER_VALUES[fieldPattern(path)] ?? []).some((value) => value === valueAt(document, path))
}

/** What the schema never asked for: a field that is newer than it, or one that does not exist. @returns false where a newer one has another type */
function checkUnread({ path, data, read, isMap }: ReadNotes, kind: IstioKind, findings: Findings): boolean {
  // Nothing read at all: the parent already failed, or the schema leaves this open.
  if (isMap || Array.isArray(data) || read.size === 0 || path.length === 0) return true
  const newer = NEWER_FIELDS[kind] ?? {}
  const parent = fieldPattern(path)
  const known = [...read, ...Object.keys(newer).flatMap((name) => childOf(name, parent))]
  const unread = Object.entries(data).filter(([key]) => !read.has(key))
  return unread
    .map(([key, value]) => {
      const shape = newer[`${parent}${parent === '' ? '' : '.'}${key}`]
      if (shape !== undefined) return checkShape(value, shape, [...path, key], findings, reportUnknown)
      reportUnknown([...path, key], known, findings)
      return true
    })
    .every(Boolean)
}

function childOf(pattern: string, parent: string): string[] {
  const rest = pattern.startsWith(`${parent}.`) ? pattern.slice(parent.length + 1) : ''
  return rest === '' || rest.includes('.') ? [] : [rest]
}

function reportUnknown(path: FieldPath, known: readonly string[], findings: Findings): void {
  const close = closest(String(path.at(-1)), known)
  const advice = close === null ? `known here: ${known.toSorted().join(', ')}` : `did you mean ${close}?`
  findings.error(path, `is no field that ${path[0] === 'metadata' ? 'Kubernetes' : 'Istio'} knows; ${advice}`)
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
