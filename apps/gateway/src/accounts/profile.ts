/** What the owner of an account may change about it: the name, and the password. */
import type { Account, PasswordChange, ProfileUpdate } from '@meshmart/contracts'
import { Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { entityTagOf, holds, type Precondition } from '../domain/entity-tag.ts'
import { type Session, Sessions } from '../sessions/sessions.ts'
import type { SignedInSession } from '../sessions/require-account.ts'
import { accountColumns, accountOf, type AccountRow } from './account-row.ts'
import { Accounts } from './accounts.ts'

@Injectable()
export class Profile {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
  ) {}

  /** @throws ProblemException `precondition-failed` */
  async rename(accountId: string, { name }: ProfileUpdate, precondition?: Precondition): Promise<Account> {
    return this.database.transaction(async (tx) => {
      const present = await lockAccount(tx, accountId)
      if (!holds(precondition, entityTagOf(present))) throw new ProblemException('precondition-failed')
      await tx.execute`UPDATE "account" SET "name" = ${name} WHERE "id" = ${accountId}::uuid`
      return { ...present, name }
    })
  }

  /**
   * Changes the password and ends every session of the account, so that whoever knew the old one is out everywhere.
   * @param address where the request came from
   * @returns the one session that the account has from now on
   * @throws ProblemException `wrong-credentials`, `too-many-requests`
   */
  async changePassword(
    { account, guestId }: SignedInSession,
    change: PasswordChange,
    address: string,
  ): Promise<Session> {
    await this.accounts.confirm(account, change.currentPassword, 'currentPassword', address)
    const passwordHash = await this.accounts.hash(change.newPassword)
    return this.database.transaction(async (tx) => {
      await lockAccount(tx, account.id)
      await tx.execute`UPDATE "account" SET "password_hash" = ${passwordHash} WHERE "id" = ${account.id}::uuid`
      await this.sessions.endAll(account.id, tx)
      return this.sessions.begin(account, { guestId, buyer: false }, tx)
    })
  }
}

/**
 * Makes all changes of one account, and of its addresses, wait for each other until the end of the transaction.
 * @throws ProblemException `invalid-session` where the account has been deleted
 */
export async function lockAccount(tx: Transaction, id: string): Promise<Account> {
  const [row] = await tx.query<AccountRow>`
    SELECT ${accountColumns} FROM "account" WHERE "id" = ${id}::uuid FOR UPDATE`
  if (row === undefined) throw new ProblemException('invalid-session')
  return accountOf(row)
}
