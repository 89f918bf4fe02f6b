import { z } from 'zod'
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

/** `held` keeps stock back until `expiresAt`; `confirmed` has taken it; `released`, `expired` and `returned` have given it back. */
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
