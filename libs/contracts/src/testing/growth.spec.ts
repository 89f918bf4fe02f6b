import { expect, it } from 'vitest'
import { z } from 'zod'
import { compare, schemaOf } from './growth.ts'

const price = z.strictObject({ amount: z.int() }).meta({ id: 'GrowthPrice' })
const published = {
  sku: z.string(),
  price,
  note: z.string().optional(),
  lines: z.array(z.strictObject({ n: z.int() })),
}
const against = (present: z.ZodType) => compare(schemaOf(z.strictObject(published)), schemaOf(present), 'data')

it('lets a version grow by optional fields, however deep, and says which', () => {
  const { broken, grown } = against(
    z.strictObject({
      ...published,
      reason: z.enum(['a', 'b']).optional(),
      lines: z.array(z.strictObject({ n: z.int(), gift: z.boolean().optional() })),
    }),
  )
  expect(broken).toEqual([])
  expect(grown).toEqual([
    { path: 'data.lines[].gift', schema: { type: 'boolean' } },
    { path: 'data.reason', schema: { type: 'string', enum: ['a', 'b'] } },
  ])
})

it('takes words about a field for no change', () => {
  const described = z.strictObject({ ...published, sku: z.string().meta({ description: 'which', examples: ['A'] }) })
  expect(against(described)).toEqual({ broken: [], grown: [] })
})

it.each([
  ['a field that is gone', { sku: undefined }, ['data.sku is gone']],
  ['a new field that is required', { size: z.int() }, ['data.size is new, and required']],
  ['a field that became required', { note: z.string() }, ['data.note is required, and was optional']],
  ['a field that became optional', { sku: z.string().optional() }, ['data.sku is optional, and was required']],
  ['another type', { sku: z.boolean() }, ['data.sku: type was "string" and is "boolean"']],
  ['a narrower type', { sku: z.string().max(5) }, ['data.sku: maxLength was not there and is 5']],
  [
    'a change deep inside',
    { price: z.strictObject({ amount: z.int(), currency: z.string() }) },
    ['data.price.currency is new, and required'],
  ],
  [
    'a change inside a list',
    { lines: z.array(z.strictObject({ n: z.string() })) },
    [
      'data.lines[].n: type was "integer" and is "string"',
      expect.stringContaining('data.lines[].n: minimum'),
      expect.stringContaining('data.lines[].n: maximum'),
    ],
  ],
])('refuses %s', (_what, change, broken) => {
  const shape = Object.entries({ ...published, ...change }).filter(([, type]) => type !== undefined)
  expect(against(z.strictObject(Object.fromEntries(shape) as z.ZodRawShape)).broken).toEqual(broken)
})

it('refuses a reader that no longer says what it does not know', () => {
  expect(against(z.object(published)).broken).toEqual(['data: additionalProperties was false and is not there'])
})
