/** The address book of an account. All changes of one account wait for each other, so that its number and its one default hold. */
import { randomUUID } from 'node:crypto'
import { type AddressEntry, type AddressPage, MOST_ADDRESSES, type SavedAddress } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  Database,
  empty,
  ProblemException,
  type Queryable,
  sql,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { type AddressPosition, cursorAfter } from '../domain/address-cursor.ts'
import { entityTagOf, holds, type Precondition } from '../domain/entity-tag.ts'
import { lockAccount } from './profile.ts'

interface AddressRow {
  readonly id: string
  readonly name: string
  readonly line1: string
  readonly line2: string | null
  readonly postalCode: string
  readonly city: string
  readonly country: string
  readonly isDefault: boolean
  readonly createdAt: Date
}
const columns = sql`
  "id", "name", "line1", "line2", "postal_code" AS "postalCode", "city", "country", "is_default" AS "isDefault",
  "created_at" AS "createdAt"`

@Injectable()
export class Addresses {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Oldest first. */
  async list(accountId: string, page: { limit: number; after: AddressPosition | null }): Promise<AddressPage> {
    const { limit, after } = page
    const later =
      after === null ? empty : sql`AND ("created_at", "id") > (${after.createdAt}::timestamptz, ${after.id}::uuid)`
    const rows = await this.database.query<AddressRow>`
      SELECT ${columns} FROM "address" WHERE "account_id" = ${accountId}::uuid ${later}
      ORDER BY "created_at", "id" LIMIT ${limit + 1}::int`
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: shown.map(savedAddressOf),
      nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null,
    }
  }

  /** @throws ProblemException `not-found`, also for an address of another account */
  async find(accountId: string, id: string, tx: Queryable = this.database): Promise<SavedAddress> {
    const [row] = await tx.query<AddressRow>`
      SELECT ${columns} FROM "address" WHERE "id" = ${id}::uuid AND "account_id" = ${accountId}::uuid`
    if (row === undefined) throw new ProblemException('not-found')
    return savedAddressOf(row)
  }

  /** The first one becomes the default. @throws ProblemException `limit-reached` */
  async add(accountId: string, { isDefault: wanted, ...address }: AddressEntry): Promise<SavedAddress> {
    return this.database.transaction(async (tx) => {
      await lockAccount(tx, accountId)
      const [book] = await tx.query<{ count: number }>`
        SELECT count(*)::int AS "count" FROM "address" WHERE "account_id" = ${accountId}::uuid`
      const { count } = book!
      if (count >= MOST_ADDRESSES) throw new ProblemException('limit-reached')
      const isDefault = wanted === true || count === 0
      if (isDefault) await clearDefault(tx, accountId)
      const id = randomUUID()
      const { name, line1, line2 = null, postalCode, city, country } = address
      await tx.execute`
        INSERT INTO "address" ("id", "account_id", "name", "line1", "line2", "postal_code", "city", "country", "is_default", "created_at")
        VALUES (${id}::uuid, ${accountId}::uuid, ${name}, ${line1}, ${line2}, ${postalCode}, ${city}, ${country},
          ${isDefault}, ${this.clock.now()}::timestamptz)`
      return { ...address, id, isDefault }
    })
  }

  /** @throws ProblemException `not-found`, `precondition-failed` */
  async replace(
    accountId: string,
    id: string,
    { isDefault: wanted, ...address }: AddressEntry,
    precondition?: Precondition,
  ): Promise<SavedAddress> {
    return this.database.transaction(async (tx) => {
      const present = await this.#lock(tx, accountId, id, precondition)
      if (wanted) await clearDefault(tx, accountId)
      const isDefault = wanted ?? present.isDefault
      const { name, line1, line2 = null, postalCode, city, country } = address
      await tx.execute`
        UPDATE "address" SET "name" = ${name}, "line1" = ${line1}, "line2" = ${line2}, "postal_code" = ${postalCode},
          "city" = ${city}, "country" = ${country}, "is_default" = ${isDefault}
        WHERE "id" = ${id}::uuid AND "account_id" = ${accountId}::uuid`
      return { ...address, id, isDefault }
    })
  }

  /** Where the default goes, the newest of the others becomes it. @throws ProblemException `not-found`, `precondition-failed` */
  async remove(accountId: string, id: string, precondition?: Precondition): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { isDefault } = await this.#lock(tx, accountId, id, precondition)
      await tx.execute`DELETE FROM "address" WHERE "id" = ${id}::uuid AND "account_id" = ${accountId}::uuid`
      if (!isDefault) return
      await tx.execute`
        UPDATE "address" SET "is_default" = true WHERE "id" = (
          SELECT "id" FROM "address" WHERE "account_id" = ${accountId}::uuid ORDER BY "created_at" DESC, "id" DESC LIMIT 1
        )`
    })
  }

  async #lock(
    tx: Transaction,
    accountId: string,
    id: string,
    precondition: Precondition | undefined,
  ): Promise<SavedAddress> {
    await lockAccount(tx, accountId)
    const present = await this.find(accountId, id, tx)
    if (!holds(precondition, entityTagOf(present))) throw new ProblemException('precondition-failed')
    return present
  }
}

const clearDefault = (tx: Transaction, accountId: string) =>
  tx.execute`UPDATE "address" SET "is_default" = false WHERE "account_id" = ${accountId}::uuid AND "is_default"`

function savedAddressOf({ id, name, line1, line2, postalCode, city, country, isDefault }: AddressRow): SavedAddress {
  return { name, line1, ...(line2 === null ? {} : { line2 }), postalCode, city, country, id, isDefault }
}
