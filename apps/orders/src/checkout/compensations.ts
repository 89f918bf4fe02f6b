/**
 * Giving back. A compensation does not trust what we remember: it asks the owner what has become of the thing, and undoes that. So it may
 * run after a crash at any instant, twice, or against a step whose call is still under way from a replica that is about to die.
 * Where we do not know whether a step reached the other side, its own idempotent call tells.
 */
import type { PaymentState } from '@meshmart/contracts'
import type { Checkout, Outcome } from './checkout.ts'
import { presentIntent } from './money.ts'
import type { Partners } from './partners.ts'
import { isStuck, refundOrStuck } from './stuck.ts'

export const moneyBack: Record<PaymentState, 'void' | 'refund' | 'wait' | 'nothing'> = {
  pending: 'wait',
  authorised: 'void',
  captured: 'refund',
  declined: 'nothing',
  voided: 'nothing',
  refunded: 'nothing',
  expired: 'nothing',
}

const undone: Outcome = { kind: 'undone' }

export async function giveBackMoney(partners: Partners, checkout: Checkout, timeoutMs: number): Promise<Outcome> {
  const intent = await presentIntent(partners, checkout, timeoutMs)
  const call = moneyBack[intent.state]
  if (call === 'nothing') return undone
  if (call === 'wait') return { kind: 'unclear', facts: { paymentId: intent.id } }
  const asked = partners.payments[call](intent.id, checkout.orderId, timeoutMs)
  // What cannot be voided has become something else meanwhile: to look again tells what.
  const after = await (call === 'refund' ? refundOrStuck(asked) : asked)
  if (isStuck(after)) return after
  return moneyBack[after.state] === 'nothing' ? undone : { kind: 'unclear', facts: { paymentId: intent.id } }
}

/** Inventory remembers the end of an order, and refuses what was sent before it and arrives after it. */
export async function giveBackStock(
  { inventory }: Partners,
  { orderId }: Checkout,
  timeoutMs: number,
): Promise<Outcome> {
  await inventory.end(orderId, timeoutMs)
  return undone
}
