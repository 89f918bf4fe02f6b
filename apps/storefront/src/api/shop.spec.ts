import { expect, it } from 'vitest'
import { productQuery } from './shop.ts'

it('asks only for what is set', () => {
  expect(productQuery({})).toBe('limit=12')
  expect(productQuery({ query: '  ', category: null, cursor: null })).toBe('limit=12')
})

it('escapes what people type', () => {
  expect(productQuery({ query: ' 杯 & tea ', category: 'kitchen', cursor: 'a=b', limit: 5 })).toBe(
    'query=%E6%9D%AF+%26+tea&category=kitchen&limit=5&cursor=a%3Db',
  )
})
