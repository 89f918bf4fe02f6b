/**
 * One customer's errand, as a careful client does it: asks with one Idempotency-Key until it has an answer, for at most 30 s, then follows the order to its end,
 * and sometimes changes its mind. What the customer saw is the record; what really happened is the auditor's business.
 */
import { isSettledOrder, Order, Problem, type OrderState, type ReturnRequest } from '@meshmart/contracts'
import type { Answer, Customer } from '../testing/client.ts'
import type { OwnOrders } from './own-orders.ts'
import { persist, type Pace } from './persist.ts'

/** Who buys, and where they look after what they have bought. */
export interface Buyer {
  readonly customer: Customer
  readonly ownOrders: OwnOrders
}

export interface Errand {
  readonly request: unknown
  readonly key: string
  readonly cancels: boolean
  /** Pieces that go back once the order is confirmed; none for most. */
  readonly givesBack: ReturnRequest['lines']
}

/** `refused`: a reason was given, and nothing was bought. `lost`: no answer within the patience. */
export type Result = 'accepted' | 'refused' | 'lost'

export interface Purchase {
  readonly key: string
  /** Milliseconds from the beginning of the run. */
  readonly startedMs: number
  /** To the first answer that says something. */
  readonly answerMs: number
  readonly tries: number
  readonly result: Result
  readonly orderId: string | null
  /** As the customer saw it last. */
  readonly state: OrderState | null
  /** The reason that was given, or why there was none. */
  readonly reason: string | null
  readonly cancelled: boolean
  /** Asked for pieces to go back. */
  readonly returned: boolean
}

export async function runErrand({ customer, ownOrders }: Buyer, errand: Errand, pace: Pace): Promise<Purchase> {
  const { elapsedMs } = pace
  const startedMs = elapsedMs()
  const { answer, tries, failure } = await persist(
    () => customer.call('POST', '/api/v1/orders', errand.request, { 'idempotency-key': errand.key }),
    pace,
  )
  const base = {
    key: errand.key,
    startedMs,
    answerMs: elapsedMs() - startedMs,
    tries,
    cancelled: false,
    returned: false,
  }
  if (answer === null) return { ...base, result: 'lost', orderId: null, state: null, reason: failure }
  if (answer.status !== 201 && answer.status !== 202) {
    return { ...base, result: 'refused', orderId: null, state: null, reason: Problem.parse(answer.body).code }
  }
  const order = Order.parse(answer.body)
  const { id: orderId } = order
  // Most are told the end at once, and need not ask for it again.
  let state = await outcomeOf(ownOrders, orderId, answer)
  const mayWish = (): boolean => state === 'confirmed' && elapsedMs() < pace.wishesUntilMs
  const cancelled = errand.cancels && mayWish()
  if (cancelled) {
    const { answer: taken } = await persist(() => customer.call('POST', `/api/v1/orders/${orderId}/cancel`), pace)
    state = await outcomeOf(ownOrders, orderId, taken)
  }
  const returned = errand.givesBack.length > 0 && mayWish()
  if (returned) {
    const headers = { 'idempotency-key': `${errand.key}-back` }
    const body = { lines: errand.givesBack }
    const { answer: taken } = await persist(
      () => customer.call('POST', `/api/v1/orders/${orderId}/returns`, body, headers),
      pace,
    )
    state = await outcomeOf(ownOrders, orderId, taken)
  }
  return { ...base, result: 'accepted', orderId, state, reason: null, cancelled, returned }
}

/** What became of a wish: most are told at once. */
async function outcomeOf(ownOrders: OwnOrders, orderId: string, said: Answer | null): Promise<OrderState | null> {
  const order = said === null || said.status > 201 ? null : Order.parse(said.body)
  return order !== null && isSettledOrder(order) ? order.state : ownOrders.endOf(orderId, said)
}
