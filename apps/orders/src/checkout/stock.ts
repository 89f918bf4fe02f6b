/**
 * The two steps that change stock. A hold that has run out meanwhile means that the goods may be sold: the order is sold out, not stuck. The reservation is where prices
 * become fixed, so it is there that they are held against what the customer has agreed to; what was held for another price is given back as if it had been refused.
 */
import type { Reservation } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { blameItems } from '../domain/rejection.ts'
import { isSameMoney, totalOf, type OrderedItem, type PricedLine } from '../domain/lines.ts'
import type { Checkout, Outcome } from './checkout.ts'
import type { Partners } from './partners.ts'

const isTaken = ({ state }: Reservation): boolean => state === 'held' || state === 'confirmed'
const soldOut = { kind: 'refused', rejection: 'sold-out', fields: [], facts: {} } as const satisfies Outcome
const priceChanged = {
  kind: 'refused',
  rejection: 'price-changed',
  fields: [{ field: 'total', code: 'price-changed' }],
} as const

export async function reserveStock({ inventory }: Partners, checkout: Checkout, timeoutMs: number): Promise<Outcome> {
  try {
    const reservation = await inventory.reserve(checkout.orderId, checkout.items, timeoutMs)
    const facts = { reservationId: reservation.id, lines: inTheOrderAsked(checkout.items, reservation.lines) }
    if (!isTaken(reservation)) return { ...soldOut, facts }
    const { agreed } = checkout
    if (agreed !== null && !isSameMoney(agreed, totalOf(facts.lines))) return { ...priceChanged, facts }
    return { kind: 'done', facts }
  } catch (error) {
    if (!(error instanceof ProblemException) || (error.code !== 'sold-out' && error.code !== 'unknown-sku')) throw error
    // The order stays in the customer's history: it should say what the goods are called, which only a reservation would have told.
    const lines = await inventory.describe(checkout.items, timeoutMs)
    return {
      kind: 'refused',
      rejection: error.code,
      fields: blameItems(error.code, error.errors ?? []),
      facts: { lines },
    }
  }
}

export async function allocateStock({ inventory }: Partners, checkout: Checkout, timeoutMs: number): Promise<Outcome> {
  if (checkout.reservationId === null) throw new Error(`order ${checkout.orderId} is authorised without a reservation`)
  try {
    const { state } = await inventory.confirm(checkout.reservationId, timeoutMs)
    return state === 'confirmed' ? { kind: 'done', facts: {} } : soldOut
  } catch (error) {
    if (error instanceof ProblemException && error.code === 'wrong-state') return soldOut
    throw error
  }
}

/** Throws where inventory has reserved something else than was asked for: nothing may be charged on such a ground. */
function inTheOrderAsked(items: readonly OrderedItem[], lines: readonly PricedLine[]): PricedLine[] {
  if (lines.length !== items.length)
    throw new Error(`inventory reserved ${lines.length} lines where ${items.length} were asked for`)
  return items.map(({ sku, quantity }) => {
    const line = lines.find((candidate) => candidate.sku === sku)
    if (line?.quantity !== quantity)
      throw new Error(`inventory reserved ${line?.quantity ?? 0} of ${sku} where ${quantity} were asked for`)
    return line
  })
}
