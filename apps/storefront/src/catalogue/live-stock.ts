/** Products as they are now: what they were loaded with, until a stream says something newer of their stock or their price. */
import { MOST_FOLLOWED, type Product, type StockNow } from '@meshmart/contracts'
import { useEffect, useState } from 'react'
import { watchStock } from '../api/stock-stream.ts'

export type LiveProduct = Omit<StockNow, 'sku'>

/** What a stream has told of each of these SKUs. */
export function useLiveStock(skus: readonly string[]): ReadonlyMap<string, LiveProduct> {
  const [stocks, setStocks] = useState<ReadonlyMap<string, LiveProduct>>(new Map())
  const followed = skus.slice(0, MOST_FOLLOWED).toSorted().join(',')
  useEffect(() => {
    if (followed === '') return
    return watchStock(followed.split(','), ({ sku, ...live }) => setStocks((before) => new Map(before).set(sku, live)))
  }, [followed])
  return stocks
}

export function withStock(product: Product, stocks: ReadonlyMap<string, LiveProduct>): Product {
  const live = stocks.get(product.sku)
  return live === undefined ? product : { ...product, stock: { available: live.available, level: live.level } }
}
