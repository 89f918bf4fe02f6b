/** Sessions as the database keeps them. A session always has a guest, so that what somebody did before signing in stays theirs. */
import { randomUUID } from 'node:crypto'
import type { Account } from '@meshmart/contracts'
import { CLOCK, type Clock } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { accountOf } from '../accounts/account-row.ts'
import { type CustomerId, accountCustomer, guestCustomer } from '../domain/customer.ts'
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { hashSessionId, newSessionId, SESSION_SECONDS } from './session-cookie.ts'

export type Session = { id: string; guestId: string; account: Account | null; customer: CustomerId }

@Injectable()
export class Sessions {
  constructor(
    private readonly database: PrismaClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @returns null for an id that was never given out, was signed out, or has expired */
  async find(id: string): Promise<Session | null> {
    const row = await this.database.session.findUnique({
      where: { idHash: hashSessionId(id), expiresAt: { gt: this.clock.now() } },
      include: { account: true },
    })
    return row && sessionOf(id, row.guestId, row.account && accountOf(row.account))
  }

  /** @param guestId given where the guest is known already; a new guest otherwise */
  async begin(
    account: Account | null,
    guestId: string = randomUUID(),
    tx: Prisma.TransactionClient = this.database,
  ): Promise<Session> {
    const id = newSessionId()
    const expiresAt = new Date(this.clock.now().getTime() + SESSION_SECONDS * 1000)
    const accountId = account?.id ?? null
    await tx.session.createMany({ data: { idHash: hashSessionId(id), guestId, accountId, expiresAt } })
    return sessionOf(id, guestId, account)
  }

  /** Idempotent: a session that is gone already is none. */
  async end(id: string, tx: Prisma.TransactionClient = this.database): Promise<void> {
    await tx.session.deleteMany({ where: { idHash: hashSessionId(id) } })
  }
}

const sessionOf = (id: string, guestId: string, account: Account | null): Session => ({
  id,
  guestId,
  account,
  customer: account ? accountCustomer(account.id) : guestCustomer(guestId),
})
