/**
 * What a published version of an event may become. Readers are strict (`Inbox` refuses what its schema does not have), and streams keep what was published: so a
 * version may grow by optional fields, which say nothing new of what was published before. All else changes what its events mean.
 */
import { z } from 'zod'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

export interface Comparison {
  /** In words, by path: each would refuse or reread an event that was published. */
  readonly broken: readonly string[]
  /** Optional fields that are not written down yet, by path. */
  readonly grown: readonly { readonly path: string; readonly schema: JsonSchema }[]
}

/** Words for readers of the schema: they decide nothing. */
const annotations = new Set(['$schema', '$defs', 'id', 'title', 'description', 'example', 'examples'])

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON Schema of what may be read, whole in itself and without annotations. Refinements cannot be said in it: samples must do for those. */
export function schemaOf(type: z.ZodType): JsonSchema {
  const root: JsonSchema = z.toJSONSchema(type, { io: 'input' })
  const definitions = isSchema(root['$defs']) ? root['$defs'] : {}
  return withoutReferences(root, definitions) as JsonSchema
}

function withoutReferences(value: unknown, definitions: JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutReferences(each, definitions))
  if (!isSchema(value)) return value
  const reference = value['$ref']
  if (typeof reference === 'string')
    return withoutReferences(definitions[reference.replace('#/$defs/', '')], definitions)
  const kept = Object.entries(value).filter(([keyword]) => !annotations.has(keyword))
  return Object.fromEntries(
    kept.map(([keyword, part]) => [
      keyword,
      // The keys of `properties` are names of fields, whatever they are called.
      keyword === 'properties' && isSchema(part)
        ? Object.fromEntries(Object.entries(part).map(([name, each]) => [name, withoutReferences(each, definitions)]))
        : withoutReferences(part, definitions),
    ]),
  )
}

/** Compares what was published with what is there. `path` names the value that both describe. */
export function compare(published: JsonSchema, present: JsonSchema, path: string): Comparison {
  const broken: string[] = []
  const grown: { path: string; schema: JsonSchema }[] = []
  const take = (inner: Comparison) => {
    broken.push(...inner.broken)
    grown.push(...inner.grown)
  }
  const [was, is] = [propertiesOf(published), propertiesOf(present)]
  const [wasRequired, isRequired] = [requiredOf(published), requiredOf(present)]
  for (const [name, promised] of Object.entries(was)) {
    const kept = is[name]
    if (kept === undefined) {
      broken.push(`${path}.${name} is gone`)
      continue
    }
    if (!wasRequired.has(name) && isRequired.has(name)) broken.push(`${path}.${name} is required, and was optional`)
    if (wasRequired.has(name) && !isRequired.has(name)) broken.push(`${path}.${name} is optional, and was required`)
    take(compare(promised, kept, `${path}.${name}`))
  }
  for (const [name, schema] of Object.entries(is)) {
    if (was[name] !== undefined) continue
    if (isRequired.has(name)) broken.push(`${path}.${name} is new, and required`)
    else grown.push({ path: `${path}.${name}`, schema })
  }
  if (isSchema(published['items']) && isSchema(present['items']))
    take(compare(published['items'], present['items'], `${path}[]`))
  for (const keyword of new Set([...Object.keys(published), ...Object.keys(present)])) {
    if (keyword === 'properties' || keyword === 'required') continue
    const [before, after] = [published[keyword], present[keyword]]
    if (keyword === 'items' && isSchema(before) && isSchema(after)) continue
    if (JSON.stringify(before) !== JSON.stringify(after))
      broken.push(`${path}: ${keyword} was ${said(before)} and is ${said(after)}`)
  }
  return { broken, grown }
}

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> =>
  (schema['properties'] ?? {}) as Record<string, JsonSchema>
const requiredOf = (schema: JsonSchema): Set<unknown> => new Set((schema['required'] ?? []) as unknown[])
const said = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value))

/** The paths of all fields that a value of this schema can have. */
export function pathsOf(schema: JsonSchema, path: string): string[] {
  const items = schema['items']
  return [
    ...Object.entries(propertiesOf(schema)).flatMap(([name, each]) => [
      `${path}.${name}`,
      ...pathsOf(each, `${path}.${name}`),
    ]),
    ...(isSchema(items) ? pathsOf(items, `${path}[]`) : []),
  ]
}

/** The paths of all fields that a value does have. */
export function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsIn(each, `${path}[]`))
  if (!isSchema(value)) return []
  return Object.entries(value).flatMap(([name, each]) => [`${path}.${name}`, ...pathsIn(each, `${path}.${name}`)])
}
