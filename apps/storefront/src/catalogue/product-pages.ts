/** The grid's pages for one search, gathered by cursor. A new search starts over; an answer to an older one is not shown. */
import type { Product } from '@meshmart/contracts'
import { useState } from 'react'
import { listProducts, type ProductSearch } from '../api/shop.ts'
import { useLoaded } from '../loaded.ts'

/** What "show more" brought for the search `key`. */
type Later = { key: string; items: Product[]; cursor: string | null; step: 'idle' | 'loading' | 'failed' }

export function useProductPages(search: ProductSearch) {
  const key = JSON.stringify([search.query, search.category])
  const { loaded: first, reload } = useLoaded(key, (signal) => listProducts(search, signal))
  const [brought, setBrought] = useState<Later | null>(null)

  const page = first.state === 'ready' ? first.value : { items: [], nextCursor: null }
  const later: Later = brought?.key === key ? brought : { key, items: [], cursor: page.nextCursor, step: 'idle' }

  const loadMore = async () => {
    // An answer counts only while the search is still the one that asked.
    const settle = (next: Later) => setBrought((now) => (now?.key === key ? next : now))
    setBrought({ ...later, step: 'loading' })
    try {
      const next = await listProducts({ ...search, cursor: later.cursor })
      settle({ key, items: [...later.items, ...next.items], cursor: next.nextCursor, step: 'idle' })
    } catch {
      settle({ ...later, step: 'failed' }) // said beside the button, which stays
    }
  }
  return {
    first,
    reload,
    items: [...page.items, ...later.items],
    hasMore: later.cursor !== null,
    more: later.step,
    loadMore,
  }
}
