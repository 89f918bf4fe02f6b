/**
 * One customer's errand, as a careful client does it: asks with one Idempotency-Key until it has an answer, for at most 30 s, then follows the order to its end,
 * and sometimes changes its mind. What the customer saw is the record; what really happened is the auditor's business.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  isFinalOrderState,
  isSettledOrder,
  Order,
  Problem,
  type OrderState,
  type ReturnRequest,
} from '@meshmart/contracts'
import { delayMs, type Rhythm } from '@meshmart/mesh-policy'
import { isNoAnswer, type Answer, type Customer } from '../testing/client.ts'

/** How long a client goes on asking for an answer. */
export const PATIENCE_MS = 30_000
/** Many who lost the same server must not keep it from coming back: they ask less and less often, and not in step. */
const again: Rhythm = { firstMs: 1_000, factor: 2, maxMs: 4_000 }
/** An order that is not decided yet is looked at when the shop said, then less and less often, too. */
const look: Rhythm = { firstMs: 4_000, factor: 2, maxMs: 16_000 }

/** What an errand knows of the time: that of the run, how long it goes on looking after an order, and in [0, 1) how much longer to wait than it must. */
export interface Pace {
  readonly elapsedMs: () => number
  /** Of the run, in milliseconds: by then every accepted order has come to its end. */
  readonly endsByMs: number
  readonly jitter: () => number
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

export async function runErrand(customer: Customer, errand: Errand, pace: Pace): Promise<Purchase> {
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
  let state = await outcomeOf(customer, orderId, pace, answer)
  const cancelled = errand.cancels && state === 'confirmed'
  if (cancelled) {
    const { answer: taken } = await persist(() => customer.call('POST', `/api/v1/orders/${orderId}/cancel`), pace)
    state = await outcomeOf(customer, orderId, pace, taken)
  }
  const returned = errand.givesBack.length > 0 && state === 'confirmed'
  if (returned) {
    const headers = { 'idempotency-key': `${errand.key}-back` }
    const body = { lines: errand.givesBack }
    const { answer: taken } = await persist(
      () => customer.call('POST', `/api/v1/orders/${orderId}/returns`, body, headers),
      pace,
    )
    state = await outcomeOf(customer, orderId, pace, taken)
  }
  return { ...base, result: 'accepted', orderId, state, reason: null, cancelled, returned }
}

/** What became of a wish: most are told at once. */
function outcomeOf(customer: Customer, orderId: string, pace: Pace, said: Answer | null): Promise<OrderState | null> {
  const order = said === null || said.status > 201 ? null : Order.parse(said.body)
  return order !== null && isSettledOrder(order) ? Promise.resolve(order.state) : follow(customer, orderId, pace, said)
}

/** Until the order has come to an end and nothing of it is on its way back, or the time of the run is over. */
async function follow(
  customer: Customer,
  orderId: string,
  pace: Pace,
  said: Answer | null,
): Promise<OrderState | null> {
  const { elapsedMs, endsByMs, jitter } = pace
  let state: OrderState | null = null
  let atLeastMs = millisecondsOf(said)
  for (let looks = 1; elapsedMs() < endsByMs; looks++) {
    // The last look is at the end.
    await sleep(Math.min(Math.max(atLeastMs, delayMs(look, looks, jitter)), endsByMs - elapsedMs()))
    const { answer } = await persist(() => customer.call('GET', `/api/v1/orders/${orderId}`), pace)
    atLeastMs = millisecondsOf(answer)
    if (answer?.status === 200) {
      const order = Order.parse(answer.body)
      if (isSettledOrder(order)) return order.state
      // A confirmed order of which pieces are still on their way has not come to its end for whoever gave them back.
      state = isFinalOrderState(order.state) ? null : order.state
    }
  }
  return state
}

/** What an answer says of when to come again; 0 where it does not. */
const millisecondsOf = (said: Answer | null): number => Number(said?.headers.get('retry-after') ?? 0) * 1000

/** Asks again after a broken connection, after each 5xx and where the shop is too busy: none of them is an answer. Where the shop says when, not before that. */
export async function persist(
  ask: () => Promise<Answer>,
  { elapsedMs, jitter }: Pick<Pace, 'elapsedMs' | 'jitter'>,
): Promise<{ answer: Answer | null; tries: number; failure: string | null }> {
  const until = elapsedMs() + PATIENCE_MS
  let failure: string | null = null
  for (let tries = 1; ; tries++) {
    let atLeastMs = 0
    try {
      const answer = await ask()
      if (!isNoAnswer(answer)) return { answer, tries, failure: null }
      failure = `HTTP ${answer.status}`
      atLeastMs = millisecondsOf(answer)
    } catch (error) {
      failure = causeOf(error)
    }
    const pauseMs = atLeastMs === 0 ? delayMs(again, tries, jitter) : atLeastMs + jitter() * 1_000
    if (elapsedMs() + pauseMs > until) return { answer: null, tries, failure }
    await sleep(pauseMs)
  }
}

const causeOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
