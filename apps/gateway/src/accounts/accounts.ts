/** Registering and signing in. Neither tells more about other people's accounts than it must. */
import { randomUUID } from 'node:crypto'
import type { Account, Credentials, Registration } from '@meshmart/contracts'
import { Database, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { accountColumns, accountOf, type AccountRow } from './account-row.ts'
import { hashPassword, PasswordQueueFull, verifyPassword } from './password.ts'
import { SIGN_IN_WINDOW_SECONDS, SignInLimit } from './sign-in-limit.ts'

/** By then those that wait to be hashed now have been. */
const hashingMs = 5_000

@Injectable()
export class Accounts {
  constructor(
    private readonly database: Database,
    private readonly limit: SignInLimit,
  ) {}

  /** @throws ProblemException `email-taken`, `too-many-requests` */
  async register(registration: Registration, role: Account['role'] = 'customer'): Promise<Account> {
    const passwordHash = await this.hash(registration.password)
    const email = registration.email.toLowerCase()
    const [row] = await this.database.query<AccountRow>`
      INSERT INTO "account" ("id", "email", "name", "role", "password_hash")
      VALUES (${randomUUID()}::uuid, ${email}, ${registration.name}, ${role}, ${passwordHash})
      ON CONFLICT DO NOTHING RETURNING ${accountColumns}`
    if (row === undefined) throw new ProblemException('email-taken', { errors: [{ field: 'email', code: 'taken' }] })
    return accountOf(row)
  }

  /**
   * @param address where the request came from
   * @throws ProblemException `wrong-credentials` for an unknown e-mail as for a wrong password, `too-many-requests`
   */
  async authenticate(credentials: Credentials, address: string): Promise<Account> {
    const email = credentials.email.toLowerCase()
    if (!(await this.limit.admits(email, address)))
      throw new ProblemException('too-many-requests', { retryAfterMs: SIGN_IN_WINDOW_SECONDS * 1000 })
    const [row] = await this.database.query<AccountRow & { passwordHash: string }>`
      SELECT ${accountColumns}, "password_hash" AS "passwordHash" FROM "account" WHERE "email" = ${email}`
    const right = await patiently(() => verifyPassword(credentials.password, row?.passwordHash ?? null))
    if (!right || row === undefined) throw new ProblemException('wrong-credentials')
    await this.limit.forgive(email, address)
    return accountOf(row)
  }

  /**
   * Asks whoever is signed in for the password once more, under the same limit as signing in: a browser that was left open must not be a place to try
   * passwords.
   * @param field of the request that the password is in
   * @throws ProblemException `wrong-credentials`, `too-many-requests`
   */
  async confirm(account: Account, password: string, field: string, address: string): Promise<void> {
    try {
      await this.authenticate({ email: account.email, password }, address)
    } catch (error) {
      if (!(error instanceof ProblemException) || error.code !== 'wrong-credentials') throw error
      throw new ProblemException('wrong-credentials', { errors: [{ field, code: 'invalid' }] })
    }
  }

  /**
   * @returns what to store of a new password
   * @throws ProblemException `too-many-requests`
   */
  hash(password: string): Promise<string> {
    return patiently(() => hashPassword(password))
  }
}

async function patiently<T>(hash: () => Promise<T>): Promise<T> {
  try {
    return await hash()
  } catch (error) {
    if (error instanceof PasswordQueueFull) throw new ProblemException('too-many-requests', { retryAfterMs: hashingMs })
    throw error
  }
}
