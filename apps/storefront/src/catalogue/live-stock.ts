/** Products with the stock that they have now: what they were loaded with, until a stream says something newer. */
import { MOST_FOLLOWED, type Product } from '@meshmart/contracts'
import { useEffect, useState } from 'react'
import { watchStock } from '../api/stock-stream.ts'

type Stock = Product['stock']

/** The stock of each of these SKUs that a stream has told of. */
export function useLiveStock(skus: readonly string[]): ReadonlyMap<string, Stock> {
  const [stocks, setStocks] = useState<ReadonlyMap<string, Stock>>(new Map())
  const followed = skus.slice(0, MOST_FOLLOWED).toSorted().join(',')
  useEffect(() => {
    if (followed === '') return
    return watchStock(followed.split(','), ({ sku, ...stock }) =>
      setStocks((before) => new Map(before).set(sku, stock)),
    )
  }, [followed])
  return stocks
}

export const withStock = (product: Product, stocks: ReadonlyMap<string, Stock>): Product => ({
  ...product,
  stock: stocks.get(product.sku) ?? product.stock,
})
