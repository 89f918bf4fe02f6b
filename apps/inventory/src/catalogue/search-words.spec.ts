import { describe, expect, it } from 'vitest'
import { searchWords, tsqueryOf } from './search-words.ts'

describe('searchWords', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['%_', []],
    ['Dawn', ['dawn']],
    ['  linen   TEA ', ['linen', 'tea']],
    ['tea tea', ['tea']],
    ['马克杯', ['马克', '克杯']],
    ['杯', ['杯']],
    ['ＭＵＧ　杯', ['mug', '杯']],
    ['dawn\0mug', ['dawn', 'mug']],
    ['mug马克 250ml', ['mug', '马克', '250ml']],
    ["o'clock & !(a|b):*", ['o', 'clock', 'a', 'b']],
    ['Café', ['café']],
  ])('%j', (query, words) => {
    expect(searchWords(query)).toEqual(words)
  })

  it('takes no more words than anybody means', () => {
    const many = Array.from({ length: 40 }, (_, n) => String.fromCharCode(97 + (n % 26)).repeat(2 + n))
    expect(searchWords(many.join(' '))).toHaveLength(12)
  })
})

describe('tsqueryOf', () => {
  it.each([
    [[], undefined],
    [[{ stem: '杯', known: true, near: [] }], "'杯'"],
    [[{ stem: 'towel', known: true, near: [] }], "'towel':*"],
    [
      [
        { stem: 'linne', known: false, near: ['linen', 'line'] },
        { stem: 'tea', known: true, near: [] },
      ],
      "('linen' | 'line') & 'tea':*",
    ],
    [[{ stem: 'xyzzy', known: false, near: [] }], undefined],
    [[{ stem: "it's\\", known: true, near: [] }], "'it''s\\\\':*"],
  ])('%j', (words, query) => {
    expect(tsqueryOf(words)).toBe(query)
  })
})
