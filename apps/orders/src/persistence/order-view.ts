/**
 * An order as the contract shows it, read in ONE statement: order, lines and history read one after the other would be of different moments,
 * and a state that does not fit its history once left a watcher waiting for ever.
 */
import { type Sql, sql } from '@meshmart/service-kit'
import { Address, OrderState, ReturnState, type Order } from '@meshmart/contracts'
import { z } from 'zod'
import { unpriced, withLineTotal, type PricedLine } from '../domain/lines.ts'
import { publicRejection, rejections, type RejectedField, type Rejection } from '../domain/rejection.ts'

/** An order together with what only this service tells about it. */
export interface StoredOrder {
  readonly order: Order
  readonly fingerprint: string
  readonly rejection: Rejection | null
  readonly blamed: readonly RejectedField[]
}

/** The statement that reads whole orders; `which` is what follows FROM orders o: WHERE, ORDER BY, LIMIT. */
export const selectOrders = (which: Sql): Sql => sql`
  SELECT o.id::text, o.fingerprint, o.state, o.email, o.shipping_address AS "shippingAddress", o.card_brand AS "cardBrand",
         o.card_last4 AS "cardLast4", o.total_amount AS "totalAmount", o.currency, o.rejection,
         o.rejection_errors AS "rejectionErrors", o.trace_id AS "traceId", o.created_at AS "createdAt", o.updated_at AS "updatedAt",
         (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity, 'nameEn', l.name_en, 'nameZh', l.name_zh,
                                              'unitAmount', l.unit_amount, 'returned', l.returned) ORDER BY l.position)
          FROM order_line l WHERE l.order_id = o.id) AS lines,
         (SELECT jsonb_agg(jsonb_build_object('state', t.state, 'cause', t.cause, 'at', t.at) ORDER BY t.sequence)
          FROM order_transition t WHERE t.order_id = o.id) AS history,
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', r.id, 'state', r.state, 'amount', r.amount, 'requestedAt', r.requested_at, 'returnedAt', r.returned_at,
                   'lines', (SELECT jsonb_agg(jsonb_build_object('sku', i.sku, 'quantity', i.quantity) ORDER BY i.position)
                             FROM order_return_line i WHERE i.return_id = r.id)) ORDER BY r.sequence), '[]')
          FROM order_return r WHERE r.order_id = o.id) AS returns
  FROM orders o ${which}`

const Line = z.object({
  sku: z.string(),
  quantity: z.number(),
  nameEn: z.string().nullable(),
  nameZh: z.string().nullable(),
  unitAmount: z.number().nullable(),
  returned: z.number(),
})
const Return = z.object({
  id: z.string(),
  state: ReturnState,
  amount: z.number(),
  requestedAt: z.coerce.date(),
  returnedAt: z.coerce.date().nullable(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number() })),
})
/** Checked on its way in: what the database holds may have been written by an older version. */
const OrderRow = z.object({
  id: z.string(),
  fingerprint: z.string(),
  state: OrderState,
  email: z.string(),
  shippingAddress: Address,
  cardBrand: z.string(),
  cardLast4: z.string(),
  totalAmount: z.bigint(),
  currency: z.string(),
  rejection: z.enum(rejections).nullable(),
  rejectionErrors: z.array(z.object({ field: z.string(), code: z.string() })),
  traceId: z.string(),
  createdAt: z.date(),
  updatedAt: z.date(),
  lines: z.array(Line),
  returns: z.array(Return),
  history: z.array(z.object({ state: OrderState, cause: z.string(), at: z.coerce.date() })),
})

export function storedOrder(answered: unknown): StoredOrder {
  const row = OrderRow.parse(answered)
  return {
    fingerprint: row.fingerprint,
    rejection: row.rejection,
    blamed: row.rejectionErrors,
    order: {
      id: row.id,
      state: row.state,
      lines: row.lines.map((line) => withLineTotal(pricedLine(line, row.currency), line.returned)),
      total: { amount: Number(row.totalAmount), currency: row.currency },
      returns: row.returns.map(({ amount, requestedAt, returnedAt, ...rest }) => ({
        ...rest,
        refund: { amount, currency: row.currency },
        requestedAt: requestedAt.toISOString(),
        returnedAt: returnedAt?.toISOString() ?? null,
      })),
      email: row.email,
      shippingAddress: row.shippingAddress,
      card: { brand: row.cardBrand, last4: row.cardLast4 },
      rejection: publicRejection(row.rejection),
      history: row.history.map(({ state, at, cause }) => ({ state, at: at.toISOString(), cause })),
      traceId: row.traceId,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    },
  }
}

function pricedLine(line: z.infer<typeof Line>, currency: string): PricedLine {
  const { sku, quantity, nameEn, nameZh, unitAmount } = line
  if (nameEn === null || nameZh === null || unitAmount === null) return unpriced({ sku, quantity })
  return { sku, quantity, name: { en: nameEn, 'zh-CN': nameZh }, unitPrice: { amount: unitAmount, currency } }
}
