/** What changes hands when a visitor becomes an account: a new session id, the guest's cart, and the guest's orders. */
import { Database } from '@meshmart/service-kit'
import type { Account } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { CartLines } from '../cart/cart-lines.ts'
import { accountCustomer, guestCustomer } from '../domain/customer.ts'
import { mergeCarts } from '../domain/cart-items.ts'
import { type Session, Sessions } from './sessions.ts'

@Injectable()
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly cartLines: CartLines,
  ) {}

  /** @param past the session that the visitor had; its id ends here, so that nobody who planted it is signed in too (session fixation) */
  async signIn(account: Account, past: Session | null): Promise<Session> {
    return this.database.transaction(async (tx) => {
      if (past === null) return this.sessions.begin(account, undefined, tx)
      const ended = await this.sessions.end(past.id, tx)
      // A session of another account leaves nothing behind: only what a guest had is taken over.
      if (past.account !== null) return this.sessions.begin(account, undefined, tx)
      const left = await this.cartLines.take(tx, guestCustomer(past.guestId))
      if (ended?.buyer)
        await tx.execute`
          INSERT INTO "guest_claim" ("guest_id", "account_id") VALUES (${past.guestId}::uuid, ${account.id}::uuid)
          ON CONFLICT DO NOTHING`
      await this.cartLines.change(tx, accountCustomer(account.id), async (items) => mergeCarts(items, left))
      return this.sessions.begin(account, undefined, tx)
    })
  }
}
