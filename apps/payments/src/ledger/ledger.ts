/** Writes postings in the transaction that changes the payment. The database refuses what does not balance, and the same movement twice. */
import { randomUUID } from 'node:crypto'
import type { Money } from '@meshmart/contracts'
import { CLOCK, type Clock } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { Prisma } from '../generated/prisma/client.ts'
import { type PostingKind, postingsOf } from './postings.ts'

@Injectable()
export class Ledger {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async post(tx: Prisma.TransactionClient, kind: PostingKind, paymentId: string, amount: Money): Promise<void> {
    const id = randomUUID()
    await tx.ledgerTransaction.create({ data: { id, paymentId, kind, postedAt: this.clock.now() } })
    await tx.ledgerEntry.createMany({
      data: postingsOf(kind, amount).map((posting) => ({
        ...posting,
        transactionId: id,
        currency: amount.currency,
      })),
    })
  }
}
