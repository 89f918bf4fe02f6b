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

/** What an index reads of its first word must stay below this: about 20 ms. */
const mostReadByIndex = 60_000
/** To look at a product that the index names, in products that an index reads meanwhile: its row lies somewhere in gigabytes. */
const visit = 27

/**
 * Undefined where nothing can be found.
 * @param catalogue how many products there are, about
 * @param enough matches after which nobody looks further
 */
export function wantedWords(words: readonly KnownWord[], catalogue: number, enough: number): WantedWords | undefined {
  if (words.length === 0 || words.some(({ known, near }) => !known && near.length === 0)) return undefined
  const indexed = worthAsking(words, catalogue, enough)
  return { all: words.map(termOf).join(' & '), indexed: indexed.length > 0 ? indexed.map(termOf).join(' & ') : null }
}

/**
 * The rarest word, and each further one that spares more looking at products than it takes to read: those that it leaves out are looked for in each product that the
 * index names, until enough have them. Words are taken to have nothing to do with each other.
 */
function worthAsking(words: readonly KnownWord[], catalogue: number, enough: number): readonly KnownWord[] {
  const [rarest, ...others] = words.toSorted((a, b) => a.products - b.products)
  if (rarest === undefined || costOf(rarest) > mostReadByIndex) return []
  const share = (some: readonly KnownWord[]): number =>
    some.reduce((product, { products }) => product * Math.min(1, products / Math.max(1, catalogue)), 1)
  const visits = (asked: readonly KnownWord[]): number => {
    const left = words.filter((word) => !asked.includes(word))
    return Math.min(catalogue * share(asked), enough / share(left))
  }
  return others.reduce<readonly KnownWord[]>(
    (asked, word) => {
      const more = [...asked, word]
      return (visits(asked) - visits(more)) * visit > costOf(word) ? more : asked
    },
    [rarest],
  )
}

/** Products of several words are put together first, which takes the longer. */
const costOf = ({ exact, products }: KnownWord): number => (exact ? products : products * 3)

const termOf = ({ stem, exact, known, near }: KnownWord): string =>
  exact ? quoted(stem) : known ? beginsWith(stem) : `(${near.map(quoted).join(' | ')})`

/** A single letter begins a good part of all words: it is taken as it is. */
const beginsWith = (stem: string): string => (stem.length === 1 ? quoted(stem) : `${quoted(stem)}:*`)

const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
