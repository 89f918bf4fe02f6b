/** Writes postings in the transaction that changes the payment. The database refuses what does not balance, and the same movement twice. */
import { randomUUID } from 'node:crypto'
import type { Money } from '@meshmart/contracts'
import { CLOCK, type Clock } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { Prisma } from '../generated/prisma/client.ts'
import { type PostingKind, postingsOf } from './postings.ts'

export interface Movement {
  readonly kind: PostingKind
  readonly paymentId: string
  /** Each is posted once. */
  readonly operationId: string
  readonly amount: Money
}

@Injectable()
export class Ledger {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async post(tx: Prisma.TransactionClient, { kind, paymentId, operationId, amount }: Movement): Promise<void> {
    const id = randomUUID()
    await tx.ledgerTransaction.create({ data: { id, paymentId, operationId, kind, postedAt: this.clock.now() } })
    await tx.ledgerEntry.createMany({
      data: postingsOf(kind, amount).map((posting) => ({
        ...posting,
        transactionId: id,
        currency: amount.currency,
      })),
    })
  }
}
