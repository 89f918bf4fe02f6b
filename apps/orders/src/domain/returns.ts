/** Pieces that go back: what may, what they cost, and what follows. Pure, so that the database's memory and a simulation's model decide the same. */
import { addMoney, timesMoney, zeroMoney, type Money, type OrderState, type ReturnState } from '@meshmart/contracts'
import type { OrderedItem } from './lines.ts'
import type { RejectedField } from './rejection.ts'

/** A return that is not at its end, with all that its steps need to know. */
export interface OpenReturn {
  readonly id: string
  readonly state: Exclude<ReturnState, 'returned'>
  /** Attempts at the present step that have not settled it. */
  readonly attempts: number
  readonly lines: readonly OrderedItem[]
  readonly refund: Money
  /** Minor units that payments has refunded of this order in all once this return's money is back: they are made one after the other. */
  readonly refundedAfter: number
}

/** A line of an order as it was sold, and how many of it go back already. */
export interface SoldLine extends OrderedItem {
  readonly unitPrice: Money
  readonly returned: number
}

export type Returnable =
  | { readonly kind: 'returnable'; readonly refund: Money }
  | {
      readonly kind: 'refused'
      readonly code: 'invalid-request' | 'return-exceeds-kept'
      readonly errors: RejectedField[]
    }

/** Whether these pieces of the order may go back. The price is the order's, whatever the product costs today. */
export function returnable(wanted: readonly OrderedItem[], sold: readonly SoldLine[]): Returnable {
  const lineOf = (sku: string): SoldLine | undefined => sold.find((line) => line.sku === sku)
  const unknown = wanted.flatMap(({ sku }, index) =>
    lineOf(sku) === undefined ? [{ field: `lines.${index}.sku`, code: 'not-in-order' }] : [],
  )
  if (unknown.length > 0) return { kind: 'refused', code: 'invalid-request', errors: unknown }
  const beyond = wanted.flatMap(({ sku, quantity }, index) => {
    const line = lineOf(sku)!
    return quantity > line.quantity - line.returned
      ? [{ field: `lines.${index}.quantity`, code: 'more-than-kept' }]
      : []
  })
  if (beyond.length > 0) return { kind: 'refused', code: 'return-exceeds-kept', errors: beyond }
  const refund = wanted.reduce(
    (sum, { sku, quantity }) => addMoney(sum, timesMoney(lineOf(sku)!.unitPrice, quantity)),
    zeroMoney(sold[0]?.unitPrice.currency),
  )
  return { kind: 'returnable', refund }
}

export interface AfterReturn {
  /** The order ends where nothing of it is left. */
  readonly to: 'cancelled' | null
  /** Nothing more is due of the order. */
  readonly finished: boolean
}

/** What follows when a return was worked on: `open` is whether one is left to make, `keeps` whether the customer keeps anything. */
export function afterReturn(order: { state: OrderState; open: boolean; keeps: boolean }): AfterReturn {
  const { state, open, keeps } = order
  // An order that is being cancelled goes on: what is left of it is undone as a whole.
  if (open || state !== 'confirmed') return { to: null, finished: false }
  return { to: keeps ? null : 'cancelled', finished: true }
}
