import { z } from 'zod'
import { Sku } from './catalogue.ts'
import { Money } from './money.ts'

const customerId = z.string()
const lines = z.array(z.strictObject({ sku: Sku, quantity: z.int().min(1) }))

export const OrderConfirmed = z.strictObject({ orderId: z.uuid(), customerId, total: Money, email: z.email(), lines })
export type OrderConfirmed = z.infer<typeof OrderConfirmed>

/** `lines` and `total` are what was still kept of it: all, where nothing had gone back before; nothing, where the last piece has (`cause` is `returned`). */
export const OrderCancelled = z.strictObject({
  orderId: z.uuid(),
  customerId,
  total: Money,
  email: z.email(),
  lines,
  cause: z.string(),
})
export type OrderCancelled = z.infer<typeof OrderCancelled>

/** These pieces are back, and so is what was paid for them. */
export const OrderReturned = z.strictObject({
  orderId: z.uuid(),
  returnId: z.uuid(),
  customerId,
  refund: Money,
  email: z.email(),
  lines,
})
export type OrderReturned = z.infer<typeof OrderReturned>

/** `available` is what can still be sold after the change. */
export const StockChanged = z.strictObject({ sku: Sku, available: z.int().min(0), change: z.int(), cause: z.string() })
export type StockChanged = z.infer<typeof StockChanged>

export const StockLow = z.strictObject({ sku: Sku, available: z.int().min(0), reorderPoint: z.int().min(0) })
export type StockLow = z.infer<typeof StockLow>

/** At the rate of the last sales, the last piece will be gone at `soldOutAt`. */
export const StockRunsOut = z.strictObject({ sku: Sku, available: z.int().min(0), soldOutAt: z.iso.datetime() })
export type StockRunsOut = z.infer<typeof StockRunsOut>

/** Somebody of the staff has changed what the shop says of a product, or whether it is sold. */
export const ProductChanged = z.strictObject({ sku: Sku, version: z.int().min(1), price: Money, forSale: z.boolean() })
export type ProductChanged = z.infer<typeof ProductChanged>

/** It came to nothing: everything that was reserved and held is free again. `cause` is the word of the order's history, such as `declined` or `sold-out`. */
export const OrderRejected = z.strictObject({ orderId: z.uuid(), customerId, email: z.email(), cause: z.string() })
export type OrderRejected = z.infer<typeof OrderRejected>

/** The acquirer has let the money go because nobody captured it: whoever waits for it waits for nothing. */
export const PaymentExpired = z.strictObject({ paymentId: z.uuid(), orderId: z.uuid(), amount: Money })
export type PaymentExpired = z.infer<typeof PaymentExpired>

/** Every event type with the schema of its data. The JetStream subject is `events.<type>`. */
export const eventSchemas = {
  'order.confirmed': OrderConfirmed,
  'order.cancelled': OrderCancelled,
  'order.returned': OrderReturned,
  'payment.expired': PaymentExpired,
  'order.rejected': OrderRejected,
  'product.changed': ProductChanged,
  'stock.changed': StockChanged,
  'stock.low': StockLow,
  'stock.runs-out': StockRunsOut,
} as const
export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** CloudEvents' attributes, in JSON. `id` is the outbox row's id and the key by which an inbox knows what it has handled. */
export const EventEnvelope = z.strictObject({
  id: z.uuid(),
  type: z.enum(Object.keys(eventSchemas) as [EventType, ...EventType[]]),
  version: z.literal(1),
  /** The service that published it. */
  source: z.string(),
  /** What it is about: an order id or a SKU. */
  subject: z.string(),
  time: z.iso.datetime(),
  traceparent: z.string().nullable(),
  data: z.unknown(),
})
export type EventEnvelope = z.infer<typeof EventEnvelope>
