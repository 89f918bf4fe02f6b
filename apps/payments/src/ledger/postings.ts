/** Which accounts a movement of money touches. Debits are positive, credits negative, and each posting sums to zero. */
import type { Money } from '@meshmart/contracts'

export type PostingKind = 'capture' | 'refund'
export type Account = 'acquirer-receivable' | 'sales' | 'refunds'

export interface Posting {
  readonly account: Account
  readonly amount: number
}

/** A capture makes the acquirer owe us the amount, earned as sales; a refund gives it back, told apart from sales so that both can be seen. */
export function postingsOf(kind: PostingKind, { amount }: Money): readonly Posting[] {
  const [debit, credit]: readonly [Account, Account] =
    kind === 'capture' ? ['acquirer-receivable', 'sales'] : ['refunds', 'acquirer-receivable']
  return [
    { account: debit, amount },
    { account: credit, amount: -amount },
  ]
}
