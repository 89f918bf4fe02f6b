import { expect, it } from 'vitest'
import { productQuery } from './shop.ts'

it('asks only for what is set', () => {
  expect(productQuery({})).toEqual({ limit: 12 })
  expect(productQuery({ query: '  ', category: null, cursor: null })).toEqual({ limit: 12 })
})

it('asks for what people type, without blanks around it', () => {
  expect(productQuery({ query: ' 杯 & tea ', category: 'kitchen', cursor: 'a=b', limit: 5 })).toEqual({
    query: '杯 & tea',
    category: 'kitchen',
    limit: 5,
    cursor: 'a=b',
  })
})
