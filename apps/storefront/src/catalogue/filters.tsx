/** What narrows the grid: one category, and a few typed letters. */
import { Category, categories } from '@meshmart/contracts'
import { CrossIcon, SearchIcon } from '@meshmart/ui'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { useTexts } from '../texts/language.tsx'

/** Long enough not to ask for every letter, short enough to feel immediate. */
const TYPING_PAUSE_MS = 250

export function useSearch() {
  const [parameters, setParameters] = useSearchParams()
  const query = parameters.get('q') ?? ''
  const category = Category.safeParse(parameters.get('category')).data ?? null
  const show = (next: { q: string; category: Category | null }, replace: boolean) =>
    setParameters(
      { ...(next.q && { q: next.q }), ...(next.category && { category: next.category }) },
      { replace, preventScrollReset: true },
    )
  return {
    search: { query, category },
    find: (q: string) => show({ q, category }, true),
    /** Choosing everything also forgets the search. */
    choose: (next: Category | null) => show({ q: next === null ? '' : query, category: next }, false),
  }
}

export function CategoryChips({
  chosen,
  choose,
}: {
  chosen: Category | null
  choose: (category: Category | null) => void
}) {
  const texts = useTexts()
  return (
    <div className="chips" role="group" aria-label={texts.home.category}>
      {[null, ...categories].map((category) => (
        <button
          key={category ?? 'all'}
          className="chip"
          type="button"
          aria-pressed={category === chosen}
          onClick={() => choose(category)}
        >
          {category === null ? texts.home.all : texts.category[category]}
        </button>
      ))}
    </div>
  )
}

export function SearchField({ query, find }: { query: string; find: (query: string) => void }) {
  const { home } = useTexts()
  const [typed, setTyped] = useState(query)
  const sent = useRef(query)
  const findTyped = useEffectEvent(() => {
    if (typed.trim() === query) return
    sent.current = typed.trim()
    find(sent.current)
  })
  // The address changed by another way, such as the browser's back button: the field follows it.
  useEffect(() => {
    if (query === sent.current) return
    sent.current = query
    setTyped(query)
  }, [query])
  useEffect(() => {
    const pause = setTimeout(findTyped, TYPING_PAUSE_MS)
    return () => clearTimeout(pause)
  }, [typed])
  return (
    <search className="search">
      <SearchIcon />
      <input
        type="search"
        aria-label={home.search}
        placeholder={home.searchPlaceholder}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {typed !== '' && (
        <button type="button" aria-label={home.clearSearch} onClick={() => setTyped('')}>
          <CrossIcon />
        </button>
      )}
    </search>
  )
}
