/** A row of the saga as SQL answers it, checked on its way in: what the database holds may have been written by an older version. */
import { OrderState } from '@meshmart/contracts'
import { z } from 'zod'
import { stepNames, type Checkout } from '../checkout/checkout.ts'
import { rejections } from '../domain/rejection.ts'

const CheckoutRow = z.object({
  orderId: z.string(),
  state: OrderState,
  rejection: z.enum(rejections).nullable(),
  totalAmount: z.bigint(),
  currency: z.string(),
  step: z.enum(stepNames).nullable(),
  attempts: z.number(),
  cardToken: z.string(),
  reservationId: z.string().nullable(),
  paymentId: z.string().nullable(),
  items: z.array(z.object({ sku: z.string(), quantity: z.number() })),
})

export function checkoutFrom(answered: unknown): Checkout {
  const { totalAmount, currency, ...rest } = CheckoutRow.parse(answered)
  return { ...rest, total: { amount: Number(totalAmount), currency } }
}
