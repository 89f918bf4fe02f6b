/** Browse: what to look for stands in the address, so that a search can be shared and the way back works. */
import { Button } from '@meshmart/ui'
import { useState } from 'react'
import { LoadFailed } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { CategoryChips, SearchField, useSearch } from './filters.tsx'
import { ProductCard, ProductCardSkeleton } from './product-card.tsx'
import { useProductPages } from './product-pages.ts'
import './catalogue.css'

/** After "show more" the reader goes on at the first new product, not at a button that may be gone. */
const goOnHere = (link: HTMLAnchorElement | null) => link?.focus()

export function HomePage() {
  const texts = useTexts()
  const { search, find, choose } = useSearch()
  const { first, reload, items, hasMore, more, loadMore } = useProductPages(search)
  const [shownBefore, setShownBefore] = useState(0)

  return (
    <>
      <title>Meshmart</title>
      <section className="hero">
        <div className="hero__words">
          <h1>{texts.home.title}</h1>
          <p className="lead">{texts.home.lead}</p>
        </div>
        <img className="hero__picture" src="/still-life.svg" alt="" width="640" height="400" />
      </section>

      <section aria-labelledby="products-heading">
        <h2 className="visually-hidden" id="products-heading">
          {texts.home.products}
        </h2>
        <div className="filters">
          <CategoryChips chosen={search.category} choose={choose} />
          <SearchField query={search.query} find={find} />
        </div>
        <p className="visually-hidden" role="status">
          {first.state === 'ready' ? texts.home.shown(items.length) : texts.shop.loading}
        </p>
        {first.state === 'failed' && <LoadFailed error={first.error} retry={reload} />}
        {first.state === 'ready' && items.length === 0 && (
          <div className="nothing">
            <p className="nothing__title">{texts.home.nothing}</p>
            <p className="soft">{texts.home.nothingHint}</p>
            <Button variant="quiet" onClick={() => choose(null)}>
              {texts.home.showAll}
            </Button>
          </div>
        )}
        {first.state !== 'failed' && (
          <ul className="grid">
            {first.state === 'loading'
              ? Array.from({ length: 8 }, (_, index) => <ProductCardSkeleton key={index} />)
              : items.map((product, index) => (
                  <ProductCard
                    key={product.sku}
                    product={product}
                    ref={shownBefore > 0 && index === shownBefore ? goOnHere : undefined}
                  />
                ))}
          </ul>
        )}
        {hasMore && (
          <div className="more">
            {more === 'failed' && <p role="alert">{texts.failure.unreachable.what}</p>}
            <Button
              variant="quiet"
              busy={more === 'loading' && texts.shop.loading}
              onClick={() => {
                setShownBefore(items.length)
                void loadMore()
              }}
            >
              {texts.home.more}
            </Button>
          </div>
        )}
      </section>
    </>
  )
}
