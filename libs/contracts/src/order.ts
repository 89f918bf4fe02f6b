import { z } from 'zod'
import { Card } from './card.ts'
import { CartItem, cartItems } from './cart.ts'
import { Quantity, Sku } from './catalogue.ts'
import { LocalizedText } from './language.ts'
import { Money } from './money.ts'
import { DeclineReason } from './payment.ts'
import { line } from './text.ts'

/** `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): visible ASCII, chosen by the client. */
export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{8,200}$/)

export const Address = z
  .strictObject({
    name: line(1, 100),
    line1: line(1, 200),
    line2: line(0, 200).exactOptional(),
    postalCode: line(2, 16),
    city: line(1, 100),
    /** ISO 3166-1 alpha-2 */
    country: z.string().regex(/^[A-Z]{2}$/),
  })
  .meta({ id: 'Address' })
export type Address = z.infer<typeof Address>

/** Body of `POST /orders`, public and internal alike. */
export const OrderRequest = z
  .strictObject({
    items: cartItems.min(1),
    payment: z.strictObject({ card: Card }),
    shippingAddress: Address,
    email: z.email().max(254),
    /** What the customer has agreed to pay. Where it costs anything else when it is reserved, nothing is ordered: `price-changed`. */
    total: Money.exactOptional(),
  })
  .meta({ id: 'OrderRequest' })
export type OrderRequest = z.infer<typeof OrderRequest>

/**
 * `received → reserved → authorised → allocated → confirmed` is the way of a purchase that works. `rejecting → rejected` undoes one that
 * cannot (sold out, declined); `cancelling → cancelled` undoes one that the customer no longer wants.
 */
export const orderStates = [
  'received',
  'reserved',
  'authorised',
  'allocated',
  'confirmed',
  'rejecting',
  'rejected',
  'cancelling',
  'cancelled',
] as const
export const OrderState = z.enum(orderStates).meta({ id: 'OrderState' })
export type OrderState = z.infer<typeof OrderState>

/** No step of the purchase is due any more. A confirmed order can still be cancelled by its customer, and pieces of it can go back. */
export const isFinalOrderState = (state: OrderState): boolean =>
  state === 'confirmed' || state === 'rejected' || state === 'cancelled'

/** One entry of an order's history. `cause` is a stable word, such as `checkout`, `sold-out`, `price-changed`, `declined`, `customer`, `return-requested`, `returned`. */
export const OrderTransition = z
  .strictObject({ state: OrderState, at: z.iso.datetime(), cause: z.string() })
  .meta({ id: 'OrderTransition' })
export type OrderTransition = z.infer<typeof OrderTransition>

export const OrderLine = z
  .strictObject({
    sku: Sku,
    quantity: Quantity,
    name: LocalizedText,
    unitPrice: Money,
    lineTotal: Money,
    /** How many of them the customer has given back, also where they are still on their way. */
    returned: z.int().min(0),
  })
  .meta({ id: 'OrderLine' })
export type OrderLine = z.infer<typeof OrderLine>

/** Body of `POST /orders/{id}/returns`, public and internal alike: how many of which lines the customer no longer wants. */
export const ReturnRequest = z.strictObject({ lines: cartItems.min(1) }).meta({ id: 'ReturnRequest' })
export type ReturnRequest = z.infer<typeof ReturnRequest>

/** First the money goes back, then the goods go on the shelf. */
export const returnStates = ['refunding', 'restocking', 'returned'] as const
export const ReturnState = z.enum(returnStates).meta({ id: 'ReturnState' })
export type ReturnState = z.infer<typeof ReturnState>

/** Pieces of a confirmed order that go back: cancelled before they were sent, or sent back; to the shop it is the same. */
export const OrderReturn = z
  .strictObject({
    id: z.uuid(),
    state: ReturnState,
    lines: z.array(CartItem),
    /** What the pieces cost in this order. */
    refund: Money,
    requestedAt: z.iso.datetime(),
    returnedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'OrderReturn' })
export type OrderReturn = z.infer<typeof OrderReturn>

export const Order = z
  .strictObject({
    id: z.uuid(),
    state: OrderState,
    lines: z.array(OrderLine),
    /** As it was ordered; what has come back is in `returns`. */
    total: Money,
    /** In the order in which they were asked for, and are made. */
    returns: z.array(OrderReturn),
    email: z.email(),
    shippingAddress: Address,
    card: z.strictObject({ brand: z.string(), last4: z.string().regex(/^\d{4}$/) }),
    /** Why it was rejected: a decline reason, `sold-out`, or `price-changed`. */
    rejection: z.union([DeclineReason, z.enum(['sold-out', 'price-changed'])]).nullable(),
    history: z.array(OrderTransition),
    /** W3C trace id of the request that placed it. */
    traceId: z.string().regex(/^[0-9a-f]{32}$/),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' })
export type Order = z.infer<typeof Order>

/** Nothing of the order moves by itself any more: neither the purchase nor a return. */
export const isSettledOrder = ({ state, returns }: Pick<Order, 'state' | 'returns'>): boolean =>
  isFinalOrderState(state) && returns.every((each) => each.state === 'returned')

export const OrderList = z
  .strictObject({ items: z.array(Order), nextCursor: z.string().nullable() })
  .meta({ id: 'OrderList' })
export type OrderList = z.infer<typeof OrderList>

/** Answer of `POST /v1/customers/erasure` of orders: how many of the customer's orders are not settled yet, and keep e-mail and address until they are. */
export const Erased = z.strictObject({ remaining: z.int().min(0) })
export type Erased = z.infer<typeof Erased>
