/**
 * Which fields a kind has, asked of its validator itself: no list of Istio's API is kept by hand. A validator reads what its schema names and
 * complains of wrong types; so it is given objects that answer every question with another object, and what it reads and what it complains of
 * tells names and types, level by level.
 */
import { KINDS } from './kinds.ts'
import type { Shape } from './mesh-config/shape.ts'
import { NEWER_FIELDS } from './newer-fields.ts'
import type { IstioKind } from './resource.ts'
import type { SchemaError } from './schema-messages.ts'

export interface SchemaField {
  /** Below `spec`; `[]` is any entry of a list, `{}` any value of a map. */
  readonly path: string
  readonly type: string
}

/** Leaves, in the order in which the schema has them; then those that are newer than it. */
export function fieldsOf(kind: IstioKind): SchemaField[] {
  const known = explore(kind, [], '')
  const newer = Object.entries(NEWER_FIELDS[kind] ?? {}).flatMap(([path, shape]) => fieldsOfShape(path, shape))
  return [...known, ...newer.filter(({ path }) => !known.some((field) => field.path === path))]
}

type Step = { readonly name: string; readonly type: 'object' | 'array' | 'map' }

/** @param way from `spec` to what is looked at */
function explore(kind: IstioKind, way: readonly Step[], path: string): SchemaField[] {
  const { children, isMap, errors } = probe(kind, way)
  const pointer = `/spec${way.map(({ name }) => `/${name}`).join('')}`
  if (isMap) return explore(kind, [...asType(way, 'map'), { name: 'key', type: 'object' }], `${path}{}`)
  if (children.length > 0) {
    return children.flatMap((name) =>
      explore(kind, [...way, { name, type: 'object' }], path === '' ? name : `${path}.${name}`),
    )
  }
  const types = errors.filter(({ keyword, instancePath }) => keyword === 'type' && instancePath === pointer)
  const type = String(types[0]?.params['type'] ?? 'object')
  if (type !== 'array') return [{ path, type }]
  return explore(kind, [...asType(way, 'array'), { name: '0', type: 'object' }], `${path}[]`)
}

function asType(way: readonly Step[], type: Step['type']): Step[] {
  return way.map((step, index) => (index === way.length - 1 ? { ...step, type } : step))
}

interface Probed {
  readonly children: readonly string[]
  readonly isMap: boolean
  readonly errors: readonly SchemaError[]
}

function probe(kind: IstioKind, way: readonly Step[]): Probed {
  const read = new Set<string>()
  const notes = { isMap: false }
  const end: object = new Proxy(
    {},
    {
      get: (_, key) => {
        if (typeof key === 'string') read.add(key)
        return undefined
      },
      ownKeys: () => {
        notes.isMap = true
        return []
      },
    },
  )
  const spec = way.reduceRight<unknown>((value, { name, type }, index) => {
    const parent = index === 0 ? 'object' : (way[index - 1]?.type ?? type)
    return parent === 'array' ? [value] : { [name]: value }
  }, end)
  const model = new KINDS[kind].model()
  Object.assign(model, { metadata: { name: 'a' }, spec })
  try {
    model.validate()
    return { children: [...read], isMap: notes.isMap, errors: [] }
  } catch (error) {
    const errors: unknown = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : null
    if (!Array.isArray(errors)) throw error
    return { children: [...read], isMap: notes.isMap, errors }
  }
}

function fieldsOfShape(path: string, shape: Shape): SchemaField[] {
  if (typeof shape === 'string') return [{ path, type: WORDS[shape] ?? shape }]
  if ('oneOf' in shape) return [{ path, type: 'string' }]
  if ('list' in shape) return fieldsOfShape(`${path}[]`, shape.list)
  if ('map' in shape) return fieldsOfShape(`${path}{}`, shape.map)
  return Object.entries(shape.fields).flatMap(([name, child]) => fieldsOfShape(`${path}.${name}`, child))
}
const WORDS: Readonly<Record<string, string>> = { text: 'string', number: 'integer' }
