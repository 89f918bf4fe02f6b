/** How much is left, in words with a mark. "In stock" stays silent in the grid: only what is scarce needs eyes there. */
import type { Product } from '@meshmart/contracts'
import { useTexts } from '../texts/language.tsx'

export function StockNote({ stock }: { stock: Product['stock'] }) {
  const { product } = useTexts()
  const words = {
    'in-stock': product.inStock,
    'few-left': product.fewLeft(stock.available),
    'sold-out': product.soldOut,
  }
  return <span className={`stock stock--${stock.level}`}>{words[stock.level]}</span>
}
