/**
 * The saga of a return: first the money goes back, then the goods. Each call carries the return's id as its key, so that repeating it changes nothing; and each is
 * repeated until it is done, because what goes back was counted off the order when it was asked for. Where the acquirer refuses to give the money back, that takes staff.
 */
import type { ReturnState } from '@meshmart/contracts'
import { delayMs, type Rhythm } from '@meshmart/service-kit'
import type { OpenReturn } from '../domain/returns.ts'
import type { Checkout } from './checkout.ts'
import type { Partners } from './partners.ts'
import { isStuck, refundOrStuck, STUCK_AGAIN_MS, type Stuck } from './stuck.ts'
import { moneyCalls, stockCalls } from './steps.ts'

export type ReturnOutcome =
  | { readonly kind: 'done' }
  /** The other side is itself still finding out: ask again. */
  | { readonly kind: 'unclear' }
  /** Nobody knows whether the other side did it: repeat the same call. */
  | { readonly kind: 'failed'; readonly reason: string }
  | Stuck

export interface ReturnStep {
  readonly from: OpenReturn['state']
  readonly to: ReturnState
  readonly perform: (
    partners: Partners,
    checkout: Checkout,
    returning: OpenReturn,
    timeoutMs: number,
  ) => Promise<ReturnOutcome>
  /** For one call, in milliseconds. */
  readonly timeoutMs: number
  readonly retry: Rhythm
  readonly poll: Rhythm
}

export const returnSteps: readonly ReturnStep[] = [
  { from: 'refunding', to: 'restocking', perform: refundPieces, ...moneyCalls },
  { from: 'restocking', to: 'returned', perform: takePiecesBack, ...stockCalls },
]

export function returnStepFrom(state: OpenReturn['state']): ReturnStep {
  const step = returnSteps.find((candidate) => candidate.from === state)
  if (step === undefined) throw new Error(`nothing leads out of a return that is ${state}`)
  return step
}

export interface ReturnDecision {
  readonly state: ReturnState
  readonly attempts: number
  /** Milliseconds until the next attempt; 0 means at once. */
  readonly delayMs: number
}

/** What an attempt's outcome means for a return. `random` is in [0, 1). */
export function decideReturn(at: OpenReturn, outcome: ReturnOutcome, random: () => number): ReturnDecision {
  const { to, retry, poll } = returnStepFrom(at.state)
  if (outcome.kind === 'done') return { state: to, attempts: 0, delayMs: 0 }
  const attempts = at.attempts + 1
  if (outcome.kind === 'stuck') return { state: at.state, attempts, delayMs: STUCK_AGAIN_MS }
  return { state: at.state, attempts, delayMs: delayMs(outcome.kind === 'failed' ? retry : poll, attempts, random) }
}

async function refundPieces(
  { payments }: Partners,
  { orderId, paymentId }: Checkout,
  { id, refund, refundedAfter }: OpenReturn,
  timeoutMs: number,
): Promise<ReturnOutcome> {
  if (refund.amount === 0) return { kind: 'done' }
  if (paymentId === null) throw new Error(`order ${orderId} was sold without a payment`)
  const part = { orderId, returnId: id, amount: refund }
  const after = await refundOrStuck(payments.refundPart(paymentId, part, timeoutMs))
  if (isStuck(after)) return after
  return { kind: after.refunded.amount >= refundedAfter ? 'done' : 'unclear' }
}

async function takePiecesBack(
  { inventory }: Partners,
  { orderId, reservationId }: Checkout,
  { id, lines }: OpenReturn,
  timeoutMs: number,
): Promise<ReturnOutcome> {
  if (reservationId === null) throw new Error(`order ${orderId} was sold without a reservation`)
  const pieces = lines.map(({ sku, quantity }) => ({ sku, quantity }))
  await inventory.takeBack(reservationId, { id, lines: pieces }, timeoutMs)
  return { kind: 'done' }
}
