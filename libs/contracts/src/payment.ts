import { z } from 'zod'
import { Card } from './card.ts'
import { Money } from './money.ts'

export const declineReasons = ['card-declined', 'insufficient-funds', 'card-expired'] as const
export const DeclineReason = z.enum(declineReasons).meta({ id: 'DeclineReason' })
export type DeclineReason = z.infer<typeof DeclineReason>

/** Body of `POST /v1/tokens` of payments: the only place where a card number may go. */
export const TokenRequest = z.strictObject({ card: Card })
export type TokenRequest = z.infer<typeof TokenRequest>

/** What stands for a card from then on. */
export const CardToken = z.strictObject({
  token: z.string().regex(/^tok_[0-9a-f]{32}$/),
  brand: z.string(),
  last4: z.string().regex(/^\d{4}$/),
  expiry: z.string(),
})
export type CardToken = z.infer<typeof CardToken>

/** Body of `POST /v1/payments` of payments; header `Idempotency-Key`. */
export const PaymentRequest = z.strictObject({
  orderId: z.uuid(),
  amount: Money.refine((money) => money.amount > 0),
  token: CardToken.shape.token,
})
export type PaymentRequest = z.infer<typeof PaymentRequest>

/**
 * `pending` is an unknown outcome that is being cleared with the acquirer; it is never final. `captured` also where only a part was captured, and while only a part
 * was refunded. `expired`: the acquirer has let the money go because nobody captured it.
 */
export const PaymentState = z.enum(['pending', 'authorised', 'declined', 'captured', 'voided', 'refunded', 'expired'])
export type PaymentState = z.infer<typeof PaymentState>

/** Body of `POST /v1/payments/{id}/capture` and `/refund`; all that there is where no amount is given. Header `Idempotency-Key`. */
export const PaymentOperationRequest = z.strictObject({ amount: PaymentRequest.shape.amount.optional() })
export type PaymentOperationRequest = z.infer<typeof PaymentOperationRequest>

export const PaymentIntent = z.strictObject({
  id: z.uuid(),
  orderId: z.uuid(),
  amount: Money,
  captured: Money,
  refunded: Money,
  state: PaymentState,
  declineReason: DeclineReason.nullable(),
  /** When the acquirer lets the money go unless it is captured; null until it is authorised. */
  expiresAt: z.iso.datetime().nullable(),
})
export type PaymentIntent = z.infer<typeof PaymentIntent>
