/** What a customer is told about an order that they placed: confirmed, refused and why, or where to look. */
import { isFinalOrderState, isSettledOrder, type Order } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { cardFieldOf, isDecline } from '../domain/rejection.ts'
import type { StoredOrder } from '../persistence/order-view.ts'

export interface Answer {
  readonly status: number
  readonly body: Order
  readonly headers: Readonly<Record<string, string>>
}

const placeOf = (order: Order): string => `/v1/orders/${order.id}`
/** When there may be something new (RFC 9110, 10.2.3). */
const lookAgain = (lookInMs: number) => ({ 'retry-after': String(Math.ceil(lookInMs / 1000)) })
const goesOn = (order: Order, lookInMs: number): Answer => ({
  status: 202,
  body: order,
  headers: { location: placeOf(order), ...lookAgain(lookInMs) },
})

/** 201 when decided, 202 while it is not. Throws the ProblemException of a rejection. */
export function answerToPlacing(stored: StoredOrder, lookInMs: number): Answer {
  const { order, rejection, blamed } = stored
  if (order.state === 'rejected' && rejection !== null) {
    if (isDecline(rejection)) {
      throw new ProblemException('payment-declined', {
        detail: rejection,
        errors: [{ field: cardFieldOf(rejection), code: rejection }],
      })
    }
    if (rejection === 'payment-expired') throw new ProblemException('payment-declined', { detail: rejection })
    throw new ProblemException(rejection, { errors: [...blamed] })
  }
  if (!isFinalOrderState(order.state)) return goesOn(order, lookInMs)
  return { status: 201, body: order, headers: { location: placeOf(order) } }
}

/** 200 when cancelled, 202 while what was done is still being undone. */
export function answerToCancelling({ order }: StoredOrder, lookInMs: number): Answer {
  return order.state === 'cancelled' ? { status: 200, body: order, headers: {} } : goesOn(order, lookInMs)
}

/** 201 when money and goods of this return are back, 202 while they are on their way. */
export function answerToReturning({ order }: StoredOrder, returnId: string, lookInMs: number): Answer {
  const state = order.returns.find(({ id }) => id === returnId)?.state
  if (state !== 'returned') return goesOn(order, lookInMs)
  return { status: 201, body: order, headers: { location: placeOf(order) } }
}

/** The order as it is, and when to look again where that is not its end. */
export const answerToLooking = ({ order }: StoredOrder, lookInMs: number): Answer => ({
  status: 200,
  body: order,
  headers: isSettledOrder(order) ? {} : lookAgain(lookInMs),
})
