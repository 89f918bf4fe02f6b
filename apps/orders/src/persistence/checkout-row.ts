/** A row of the saga as SQL answers it, checked on its way in: what the database holds may have been written by an older version. */
import { type Sql, sql } from '@meshmart/service-kit'
import { OrderState, ReturnState } from '@meshmart/contracts'
import { z } from 'zod'
import { stepNames, type Checkout } from '../checkout/checkout.ts'
import { rejections } from '../domain/rejection.ts'
import type { OpenReturn } from '../domain/returns.ts'

/** The statement that reads a claimed checkout; `which` is what follows FROM orders o JOIN checkout c: WHERE. */
export const selectCheckout = (which: Sql): Sql => sql`
  SELECT o.id::text AS "orderId", o.state, o.rejection, o.currency, c.step, c.attempts, c.card_token AS "cardToken",
         c.agreed_amount AS "agreedAmount", c.agreed_currency AS "agreedCurrency",
         c.reservation_id::text AS "reservationId", c.payment_id::text AS "paymentId",
         o.total_amount - coalesce((SELECT sum(r.amount) FROM order_return r WHERE r.order_id = o.id), 0)::bigint AS "totalAmount",
         (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity - l.returned) ORDER BY l.position), '[]')
          FROM order_line l WHERE l.order_id = o.id AND l.quantity > l.returned) AS items,
         (SELECT jsonb_build_object('id', r.id, 'state', r.state, 'attempts', r.attempts, 'amount', r.amount,
            'refundedAfter', (SELECT sum(e.amount) FROM order_return e WHERE e.order_id = o.id AND e.sequence <= r.sequence),
            'lines', (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) ORDER BY l.position)
                      FROM order_return_line l WHERE l.return_id = r.id))
          FROM order_return r WHERE r.order_id = o.id AND r.state <> 'returned' ORDER BY r.sequence LIMIT 1) AS returning
  FROM orders o JOIN checkout c ON c.order_id = o.id ${which}`

const Item = z.object({ sku: z.string(), quantity: z.number() })
const ReturnRow = z.object({
  id: z.string(),
  state: ReturnState.exclude(['returned']),
  attempts: z.number(),
  amount: z.number(),
  refundedAfter: z.number(),
  lines: z.array(Item),
})
const CheckoutRow = z.object({
  orderId: z.string(),
  state: OrderState,
  rejection: z.enum(rejections).nullable(),
  totalAmount: z.bigint(),
  currency: z.string(),
  step: z.enum(stepNames).nullable(),
  attempts: z.number(),
  cardToken: z.string(),
  agreedAmount: z.bigint().nullable(),
  agreedCurrency: z.string().nullable(),
  reservationId: z.string().nullable(),
  paymentId: z.string().nullable(),
  items: z.array(Item),
  returning: ReturnRow.nullable(),
})

export function checkoutFrom(answered: unknown): Checkout {
  const { totalAmount, currency, agreedAmount, agreedCurrency, returning, ...rest } = CheckoutRow.parse(answered)
  return {
    ...rest,
    total: { amount: Number(totalAmount), currency },
    agreed:
      agreedAmount === null || agreedCurrency === null
        ? null
        : { amount: Number(agreedAmount), currency: agreedCurrency },
    returning: returning && openReturn(returning, currency),
  }
}

const openReturn = ({ amount, ...rest }: z.infer<typeof ReturnRow>, currency: string): OpenReturn => ({
  ...rest,
  refund: { amount, currency },
})
