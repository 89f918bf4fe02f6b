/**
 * The contracts' schemas as components of OpenAPI 3.1, which speaks JSON Schema 2020-12 as it is. They are made by zod itself, because Nest's own converter
 * writes the dialect of 3.0. What is described is what goes over the wire: of a schema that transforms, its input.
 */
import type { OpenAPIObject } from '@nestjs/swagger'
import { z } from 'zod'

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>

const PREFIX = '#/components/schemas/'

/** A reference to a schema of the contracts. Throws for a schema without an id: what clients see needs a name. */
export function referenceTo(schema: z.ZodType): { $ref: string } {
  const id = z.globalRegistry.get(schema)?.id
  if (id === undefined) throw new Error('a schema of the public API needs .meta({ id })')
  return { $ref: PREFIX + id }
}

/** What Nest validates by, in the dialect of this document: by name where it has one. */
export function describeSchema(schema: unknown): { schema: object; components?: Schemas } {
  if (!(schema instanceof z.ZodType)) throw new Error('the public API is described by zod schemas alone')
  if (z.globalRegistry.get(schema)?.id !== undefined) return { schema: referenceTo(schema) }
  const { $schema: _dialect, $defs, ...described } = z.toJSONSchema(schema, { io: 'input' })
  return { schema: described, components: ($defs ?? {}) as Schemas }
}

/** The schemas that a document refers to, and those that they refer to, by id. */
export function schemasReferredTo(document: unknown): Schemas {
  const known = z.toJSONSchema(z.globalRegistry, { uri: (id) => PREFIX + id, io: 'input' }).schemas
  const found: Schemas = {}
  const visit = (part: unknown): void => {
    for (const [, id] of JSON.stringify(part).matchAll(new RegExp(`"\\$ref":"${PREFIX}([^"]+)"`, 'g'))) {
      if (Object.hasOwn(found, id!)) continue
      const { $schema: _dialect, $id: _uri, id: _id, ...schema } = known[id!] ?? {}
      found[id!] = schema as Schemas[string]
      visit(schema)
    }
  }
  visit(document)
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}
