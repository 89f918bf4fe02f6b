import { describe, expect, it } from 'vitest'
import { entityTagOf, holds, parseIfMatch } from './entity-tag.ts'

describe('an entity tag', () => {
  it('follows from the content', () => {
    expect(entityTagOf([{ sku: 'A', quantity: 1 }])).toBe(entityTagOf([{ sku: 'A', quantity: 1 }]))
    expect(entityTagOf([{ sku: 'A', quantity: 1 }])).not.toBe(entityTagOf([{ sku: 'A', quantity: 2 }]))
  })

  it.each([
    ['*', '*'],
    ['"a"', ['"a"']],
    [' "a" , W/"b","c,d" ', ['"a"', 'W/"b"', '"c,d"']],
    ['""', ['""']],
    ['', null],
    ['a', null],
    ['"a', null],
    ['"a" "b"', null],
    ['"a",', null],
    ['*, "a"', null],
    ['w/"a"', null],
  ])('is read from the field %s', (field, read) => expect(parseIfMatch(field)).toEqual(read))

  it.each([
    [undefined, true],
    ['*' as const, true],
    [['"b"', '"a"'], true],
    [['"b"'], false],
    [['W/"a"'], false],
  ])('for %j lets a change happen: %s', (precondition, expected) => expect(holds(precondition, '"a"')).toBe(expected))
})
