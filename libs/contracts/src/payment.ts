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

/** `pending` is an unknown outcome that is being cleared with the acquirer; it is never final. */
export const PaymentState = z.enum(['pending', 'authorised', 'declined', 'captured', 'voided', 'refunded'])
export type PaymentState = z.infer<typeof PaymentState>

export const PaymentIntent = z.strictObject({
  id: z.uuid(),
  orderId: z.uuid(),
  amount: Money,
  state: PaymentState,
  declineReason: DeclineReason.nullable(),
})
export type PaymentIntent = z.infer<typeof PaymentIntent>
