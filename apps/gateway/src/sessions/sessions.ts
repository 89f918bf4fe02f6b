/** Sessions as the database keeps them. A session always has a guest, so that what somebody did before signing in stays theirs. */
import { randomUUID } from 'node:crypto'
import type { Account } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Queryable, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { accountOf, type AccountRow } from '../accounts/account-row.ts'
import { type CustomerId, accountCustomer, guestCustomer } from '../domain/customer.ts'
import { hashSessionId, newSessionId, SESSION_SECONDS } from './session-cookie.ts'

export type Session = {
  id: string
  guestId: string
  account: Account | null
  customer: CustomerId
  /** Its guest tried to order, so what they ordered goes along when they sign in. */
  buyer: boolean
}

interface SessionRow extends Omit<AccountRow, 'id'> {
  readonly guestId: string
  readonly buyer: boolean
  /** Null for a guest; then there is nothing in the other columns of an account. */
  readonly accountId: string | null
}

@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * One statement, because nearly every request begins with it.
   * @returns null for an id that was never given out, was signed out, or has expired
   */
  async find(id: string): Promise<Session | null> {
    const [row] = await this.database.query<SessionRow>`
      SELECT s."guest_id" AS "guestId", s."buyer", a."id" AS "accountId", a."email", a."name", a."role"
      FROM "session" s LEFT JOIN "account" a ON a."id" = s."account_id"
      WHERE s."id_hash" = ${hashSessionId(id)} AND s."expires_at" > ${this.clock.now()}`
    if (row === undefined) return null
    const { guestId, buyer, accountId, email, name, role } = row
    return sessionOf(id, guestId, accountId === null ? null : accountOf({ id: accountId, email, name, role }), buyer)
  }

  /** @param guest given where the guest is known already; a new guest otherwise */
  async begin(
    account: Account | null,
    guest: { guestId: string; buyer: boolean } = { guestId: randomUUID(), buyer: false },
    tx: Queryable = this.database,
  ): Promise<Session> {
    const id = newSessionId()
    const expiresAt = new Date(this.clock.now().getTime() + SESSION_SECONDS * 1000)
    const accountId = account?.id ?? null
    await tx.execute`
      INSERT INTO "session" ("id_hash", "guest_id", "account_id", "buyer", "expires_at")
      VALUES (${hashSessionId(id)}, ${guest.guestId}::uuid, ${accountId}::uuid, ${guest.buyer}, ${expiresAt}::timestamptz)`
    return sessionOf(id, guest.guestId, account, guest.buyer)
  }

  /**
   * Remembers that the guest of a session is about to order.
   * @throws ProblemException `invalid-session` where the session ended meanwhile: whoever ended it has asked already whether there is something to take along
   */
  async becomeBuyer(session: Session): Promise<void> {
    const found = await this.database.execute`
      UPDATE "session" SET "buyer" = true WHERE "id_hash" = ${hashSessionId(session.id)}`
    if (found === 0) throw new ProblemException('invalid-session')
  }

  /**
   * Idempotent: a session that is gone already is none.
   * @returns whether its guest tried to order; null where there was no such session
   */
  async end(id: string, tx: Queryable = this.database): Promise<{ buyer: boolean } | null> {
    const ended = await tx.query<{ buyer: boolean }>`
      DELETE FROM "session" WHERE "id_hash" = ${hashSessionId(id)} RETURNING "buyer"`
    return ended[0] ?? null
  }

  /** Ends all sessions of an account, on whatever device. */
  async endAll(accountId: string, tx: Transaction): Promise<void> {
    await tx.execute`DELETE FROM "session" WHERE "account_id" = ${accountId}::uuid`
  }
}

const sessionOf = (id: string, guestId: string, account: Account | null, buyer: boolean): Session => ({
  id,
  guestId,
  account,
  customer: account ? accountCustomer(account.id) : guestCustomer(guestId),
  buyer,
})
