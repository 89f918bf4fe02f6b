import { z } from 'zod'
import { cartItems } from './cart.ts'
import { Quantity, Sku } from './catalogue.ts'
import { LocalizedText } from './language.ts'
import { Money } from './money.ts'

/** Body of `POST /v1/reservations` of inventory. One order has at most one reservation: `orderId` is its idempotency key. */
export const ReservationRequest = z.strictObject({
  orderId: z.uuid(),
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .min(1)
    .max(50),
})
export type ReservationRequest = z.infer<typeof ReservationRequest>

/** Body of `POST /v1/reservations/ends`: this order has ended. What it holds or has bought goes back, and whatever it asks for later is refused. */
export const ReservationEnd = z.strictObject({ orderId: z.uuid() })
export type ReservationEnd = z.infer<typeof ReservationEnd>

/** Body of `POST /v1/reservations/{id}/returns`: pieces of a confirmed reservation that come back. `id` is the return's own, and its idempotency key. */
export const ReservationReturn = z.strictObject({ id: z.uuid(), lines: cartItems.min(1) })
export type ReservationReturn = z.infer<typeof ReservationReturn>

/**
 * `held` keeps stock back until `expiresAt`; `confirmed` has taken it, also while only a part of it has come back; `released`, `expired` and `returned` have given it back.
 * An order that has ended before it reserved anything is `released`, and has no lines.
 */
export const ReservationState = z.enum(['held', 'confirmed', 'released', 'expired', 'returned'])
export type ReservationState = z.infer<typeof ReservationState>

/** The price that the order pays is the one at the moment of the reservation. */
export const ReservationLine = z.strictObject({ sku: Sku, quantity: Quantity, name: LocalizedText, unitPrice: Money })
export type ReservationLine = z.infer<typeof ReservationLine>

export const Reservation = z.strictObject({
  id: z.uuid(),
  orderId: z.uuid(),
  state: ReservationState,
  lines: z.array(ReservationLine),
  expiresAt: z.iso.datetime(),
})
export type Reservation = z.infer<typeof Reservation>
