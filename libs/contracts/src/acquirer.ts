/**
 * What the card acquirer offers: a token vault, charges, and operations on them. It is another company: it has books of its own, and what happened there is
 * only known by asking. Every call carries a reference that its caller has chosen; the same reference never moves money twice and can be asked for for ever.
 */
import { z } from 'zod'
import { Money } from './money.ts'
import { CardToken, DeclineReason } from './payment.ts'

/** The name that the shop calls the acquirer by; a ServiceEntry says where it is. */
export const ACQUIRER_HOST = 'acquirer.example.com'

const positive = Money.refine((money) => money.amount > 0)

/** Body of `POST /v1/charges`: holds an amount on a card. */
export const ChargeRequest = z.strictObject({ reference: z.uuid(), token: CardToken.shape.token, amount: positive })
export type ChargeRequest = z.infer<typeof ChargeRequest>

/** `captured` also where only a part was: the rest of the hold is released by it. `expired` has let the hold go by itself. */
export const chargeStates = ['authorised', 'declined', 'captured', 'voided', 'expired'] as const
export const ChargeState = z.enum(chargeStates)
export type ChargeState = z.infer<typeof ChargeState>

/** Answer of `POST /v1/charges` and of `GET /v1/charges/{reference}`. */
export const Charge = z.strictObject({
  reference: z.uuid(),
  state: ChargeState,
  declineReason: DeclineReason.nullable(),
  amount: Money,
  captured: Money,
  refunded: Money,
  /** When the hold is let go unless it is captured. */
  expiresAt: z.iso.datetime(),
})
export type Charge = z.infer<typeof Charge>

export const chargeOperations = ['capture', 'void', 'refund'] as const
export const ChargeOperationKind = z.enum(chargeOperations)
export type ChargeOperationKind = z.infer<typeof ChargeOperationKind>

/** Body of `POST /v1/charges/{reference}/operations`; a void is of the whole hold. */
export const ChargeOperationRequest = z.strictObject({
  reference: z.uuid(),
  kind: ChargeOperationKind,
  amount: positive,
})
export type ChargeOperationRequest = z.infer<typeof ChargeOperationRequest>

/** Answer of that call and of `GET /v1/operations/{reference}`. A refusal is an answer too: it is as final as what was done. */
export const ChargeOperation = z.strictObject({
  reference: z.uuid(),
  kind: ChargeOperationKind,
  amount: Money,
  outcome: z.enum(['done', 'refused']),
  /** The charge as it is now. */
  charge: Charge,
})
export type ChargeOperation = z.infer<typeof ChargeOperation>

/** What the acquirer tells by itself. It is a hint to look, never the truth: that is asked for. */
export const acquirerEventTypes = [
  'charge.authorised',
  'charge.declined',
  'charge.captured',
  'charge.voided',
  'charge.refunded',
  'charge.expired',
] as const
/** A CloudEvent in structured mode, sent as `application/cloudevents+json` with `Acquirer-Signature`. */
export const AcquirerEvent = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string(),
  type: z.enum(acquirerEventTypes),
  /** Reference of the charge. */
  subject: z.uuid(),
  time: z.iso.datetime(),
})
export type AcquirerEvent = z.infer<typeof AcquirerEvent>

/** `t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body", hexadecimal>`: the time is signed too, so that what was overheard is soon worth nothing. */
export const ACQUIRER_SIGNATURE_HEADER = 'acquirer-signature'
