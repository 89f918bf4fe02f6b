import { describe, expect, it } from 'vitest'
import { searchWords, wantedWords } from './search-words.ts'

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

describe('wantedWords', () => {
  const known = (stem: string, products = 1) => ({ stem, exact: false, known: true, near: [], products })
  it.each([
    [[], undefined],
    [[known('杯', 4)], { all: "'杯'", indexed: "'杯'" }],
    [[known('towel', 7)], { all: "'towel':*", indexed: "'towel':*" }],
    [
      [{ stem: 'linne', exact: false, known: false, near: ['linen', 'line'], products: 3 }, known('tea', 2)],
      { all: "('linen' | 'line') & 'tea':*", indexed: "'tea':* & ('linen' | 'line')" },
    ],
    [[known('made', 500_000), known('oak', 20_000)], { all: "'made':* & 'oak':*", indexed: "'oak':*" }],
    [[{ ...known('oak'), exact: true }], { all: "'oak'", indexed: "'oak'" }],
    [[known('oak', 30_000)], { all: "'oak':*", indexed: null }],
    [[known('made', 500_000)], { all: "'made':*", indexed: null }],
    [[{ stem: 'xyzzy', exact: false, known: false, near: [], products: 0 }, known('tea')], undefined],
    [[known("it's\\")], { all: "'it''s\\\\':*", indexed: "'it''s\\\\':*" }],
  ])('%j', (words, wanted) => {
    expect(wantedWords(words, 1_000_000, 1_000)).toEqual(wanted)
  })

  it('asks the index for a common word where that spares looking at the products of a rare one', () => {
    const exact = (stem: string, products: number) => ({ ...known(stem, products), exact: true })
    const indexed = (...words: ReturnType<typeof exact>[]) => wantedWords(words, 1_000_000, 1_000)?.indexed
    // A thousand snowy scarves would be among the first fifteen thousand scarves.
    expect(indexed(exact('snowi', 66_000), exact('scarf', 25_000))).toBe("'scarf' & 'snowi'")
    // Of the eight hundred lamps of brass each is looked at sooner than all that is golden is read.
    expect(indexed(exact('golden', 66_000), exact('brass', 33_000), exact('lamp', 25_000))).toBe("'lamp' & 'brass'")
    expect(indexed(exact('made', 1_000_000), exact('lamp', 25_000))).toBe("'lamp'")
  })
})
