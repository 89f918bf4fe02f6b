import { describe, expect, it } from 'vitest'
import { searchPatterns } from './search-patterns.ts'

describe('searchPatterns', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['Dawn', ['%dawn%']],
    ['  linen   TEA ', ['%linen%', '%tea%']],
    ['马克杯', ['%马克杯%']],
    ['ＭＵＧ　杯', ['%mug%', '%杯%']],
    ['dawn\0mug', ['%dawn%', '%mug%']],
    ['100%', ['%100\\%%']],
    ['a_b\\', ['%a\\_b\\\\%']],
  ])('%j', (query, patterns) => {
    expect(searchPatterns(query)).toEqual(patterns)
  })
})
