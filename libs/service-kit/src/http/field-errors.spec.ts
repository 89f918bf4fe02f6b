import { Card } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldErrorsOf } from './field-errors.ts'

function errorsOf(schema: z.ZodType, value: unknown, parent?: string): string[] {
  const issues = schema.safeParse(value).error?.issues ?? []
  return fieldErrorsOf(issues, value, parent).map(({ field, code }) => `${field}: ${code}`)
}
const schema = z.strictObject({
  name: z.string().min(2).max(4).optional(),
  state: z.enum(['on', 'off']).optional(),
  mail: z.email().optional(),
  either: z.union([z.int(), z.boolean()]).optional(),
  lines: z
    .array(z.strictObject({ sku: z.string() }))
    .max(1)
    .optional(),
})

describe('fieldErrorsOf', () => {
  it.each([
    [{ name: 1 }, ['name: type']],
    [{ name: null }, ['name: type']],
    [{ name: 'a' }, ['name: too-small']],
    [{ name: 'abcde' }, ['name: too-big']],
    [{ state: 'up' }, ['state: choice']],
    [{ mail: 'a' }, ['mail: format']],
    [{ either: 'a' }, ['either: choice']],
    [{ lines: [{}] }, ['lines.0.sku: required']],
    [{ lines: [{ sku: 'a', colour: 1 }] }, ['lines.0.colour: unknown']],
    [{ lines: [{ sku: 'a' }, { sku: 'b' }] }, ['lines: too-big']],
    [{ one: 1, two: 2 }, ['one: unknown', 'two: unknown']],
  ])('%j', (value, errors) => {
    expect(errorsOf(schema, value)).toEqual(errors)
  })

  it('takes the code of a rule of our own, and one for each field', () => {
    const card = { expiry: '12/99', cvc: '123' }
    expect(errorsOf(Card, { ...card, number: '4242424242424241' })).toEqual(['number: card-number'])
    expect(errorsOf(Card, { ...card, number: 'none' })).toEqual(['number: format'])
  })

  it('names a body that is wrong as a whole', () => {
    for (const value of [[], null, 'text', 7]) expect(errorsOf(schema, value)).toEqual(['body: type'])
  })

  it('names a single parameter', () => {
    expect(errorsOf(z.string(), undefined, 'cursor')).toEqual(['cursor: required'])
  })
})
