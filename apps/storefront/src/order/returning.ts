/** What of an order can go back, and what comes back for it. Pure. */
import { addMoney, timesMoney, zeroMoney, type Money, type Order, type OrderLine } from '@meshmart/contracts'

/** How many of which SKU somebody has chosen to give back. */
export type Chosen = Readonly<Record<string, number>>

export const keptOf = ({ quantity, returned }: Pick<OrderLine, 'quantity' | 'returned'>): number => quantity - returned

/** Pieces of a confirmed order go back; one on its way is decided first, one that is over has nothing left. */
export const canGiveBack = ({ state, lines }: Pick<Order, 'state' | 'lines'>): boolean =>
  state === 'confirmed' && lines.some((line) => keptOf(line) > 0)

/** What is asked for; a choice that is no longer there, because another window was faster, is cut to what is left. */
export function piecesOf(lines: readonly OrderLine[], chosen: Chosen): { sku: string; quantity: number }[] {
  return lines.flatMap((line) => {
    const quantity = Math.min(chosen[line.sku] ?? 0, keptOf(line))
    return quantity > 0 ? [{ sku: line.sku, quantity }] : []
  })
}

/** The price is that of the order. */
export function refundOf(lines: readonly OrderLine[], chosen: Chosen): Money {
  const priceOf = (sku: string): Money => lines.find((line) => line.sku === sku)!.unitPrice
  return piecesOf(lines, chosen).reduce(
    (sum, { sku, quantity }) => addMoney(sum, timesMoney(priceOf(sku), quantity)),
    zeroMoney(lines[0]?.unitPrice.currency),
  )
}

/** All that goes back for what was given back, also what is still on its way. */
export const refundedOf = ({ returns, total }: Pick<Order, 'returns' | 'total'>): Money =>
  returns.reduce((sum, { refund }) => addMoney(sum, refund), zeroMoney(total.currency))
