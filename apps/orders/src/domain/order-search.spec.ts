import { describe, expect, it } from 'vitest'
import { readOrderSearch } from './order-search.ts'

const id = '0198a1b2-0000-7000-8000-00000c0ffee1'

describe('what staff type to find an order', () => {
  it.each([
    [id, { by: 'id', id }],
    [` ${id.toUpperCase()} `, { by: 'id', id }],
    ['0FFEE1', { by: 'short-id', shortId: '0ffee1' }],
    ['#0ffee1', { by: 'short-id', shortId: '0ffee1' }],
    ['Ada@Example.com', { by: 'email', email: 'ada@example.com' }],
  ])('%s', (text, search) => {
    expect(readOrderSearch(text)).toEqual(search)
  })

  it.each(['', 'mug', '0ffee', '0ffee11', "' OR 1=1", '%'])('finds nothing to look for in "%s"', (text) => {
    expect(readOrderSearch(text)).toBeNull()
  })
})
