/**
 * What a reader types, as the words that are looked up. NFKC makes the full-width letters of a Chinese keyboard the same as ours. Chinese is cut as the
 * database cuts it (`searched_han` of the migration): pairs of neighbouring signs, or the one sign where there is only one.
 */
const han = /^\p{Script=Han}/u

/** More words than anybody means; what comes after them does not narrow the search. */
const mostWords = 12

/** Each word once, in the order in which it was typed; empty where nothing was typed that a product could have. */
export function searchWords(query: string): string[] {
  const runs = query
    .normalize('NFKC')
    .toLowerCase()
    .match(/\p{Script=Han}+|(?:[^\P{L}\p{Script=Han}]|[\p{N}\p{M}])+/gu)
  const words = (runs ?? []).flatMap((run) => (han.test(run) ? neighbours([...run]) : [run]))
  return [...new Set(words)].slice(0, mostWords)
}

const neighbours = (signs: readonly string[]): string[] =>
  signs.length === 1 ? [...signs] : signs.slice(1).map((sign, index) => `${signs[index]}${sign}`)

/** What one typed word stands for. */
export interface KnownWord {
  /** As the dictionary has it: the stem. */
  readonly stem: string
  /** Some product has this very word; then only that is looked for. */
  readonly exact: boolean
  /** Some product has a word that begins with the stem. */
  readonly known: boolean
  /** The nearest words of the dictionary where it is not known, best first. */
  readonly near: readonly string[]
  /** How many products have what stands for it, about. */
  readonly products: number
}

/** A search, as tsqueries. */
export interface WantedWords {
  /** Every typed word must be met: by itself, or, where no product has it, by a word that begins with it, or else by one of those that were probably meant. */
  readonly all: string
  /** The part of it that an index may be asked for; null where every word is too common for that. */
  readonly indexed: string | null
}

/** What an index reads of its words before it gives the first product must stay below this: about 20 ms. */
const mostReadByIndex = 60_000

/** Undefined where nothing can be found. */
export function wantedWords(words: readonly KnownWord[]): WantedWords | undefined {
  if (words.length === 0 || words.some(({ known, near }) => !known && near.length === 0)) return undefined
  let read = 0
  const indexed = words
    .toSorted((a, b) => a.products - b.products)
    .filter((word) => (read += costOf(word)) <= mostReadByIndex)
  return { all: words.map(termOf).join(' & '), indexed: indexed.length > 0 ? indexed.map(termOf).join(' & ') : null }
}

/** The products of several words are put together first, which takes the longer. */
const costOf = ({ exact, products }: KnownWord): number => (exact ? products : products * 3)

const termOf = ({ stem, exact, known, near }: KnownWord): string =>
  exact ? quoted(stem) : known ? beginsWith(stem) : `(${near.map(quoted).join(' | ')})`

/** A single letter begins a good part of all words: it is taken as it is. */
const beginsWith = (stem: string): string => (stem.length === 1 ? quoted(stem) : `${quoted(stem)}:*`)

const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
