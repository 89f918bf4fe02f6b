/** One product in the grid. The link is the name alone, so that a list of links reads as a list of products; its area is the whole card. */
import { formatMoney, type Product } from '@meshmart/contracts'
import { Skeleton } from '@meshmart/ui'
import type { Ref } from 'react'
import { Link } from 'react-router'
import { useLanguage } from '../texts/language.tsx'
import { StockNote } from './stock-note.tsx'

export const productPath = (sku: string): string => `/products/${sku}`

export function ProductCard({ product, ref }: { product: Product; ref?: Ref<HTMLAnchorElement> | undefined }) {
  const { language } = useLanguage()
  return (
    <li className="card">
      <img className="plate" src={product.picture} alt="" width="320" height="320" loading="lazy" />
      <h3 className="card__name">
        <Link to={productPath(product.sku)} ref={ref}>
          {product.name[language]}
        </Link>
      </h3>
      <p className="card__facts">
        <span className="tabular">{formatMoney(product.price, language)}</span>
        {product.stock.level !== 'in-stock' && <StockNote stock={product.stock} />}
      </p>
    </li>
  )
}

export function ProductCardSkeleton() {
  return (
    <li className="card" aria-hidden="true">
      <span className="plate skeleton" />
      <Skeleton width="60%" height="22px" />
      <Skeleton width="30%" height="18px" />
    </li>
  )
}
