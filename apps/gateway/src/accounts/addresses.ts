/** The address book of an account. All changes of one account wait for each other, so that its number and its one default hold. */
import { randomUUID } from 'node:crypto'
import {
  type Address,
  type AddressEntry,
  type AddressPage,
  MOST_ADDRESSES,
  type SavedAddress,
} from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { type AddressPosition, cursorAfter } from '../domain/address-cursor.ts'
import { entityTagOf, holds, type Precondition } from '../domain/entity-tag.ts'
import type { AddressModel } from '../generated/prisma/models.ts'
import { lockAccount } from './profile.ts'

const OLDEST_FIRST = [{ createdAt: 'asc' }, { id: 'asc' }] as const

@Injectable()
export class Addresses {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Oldest first. */
  async list(accountId: string, page: { limit: number; after: AddressPosition | null }): Promise<AddressPage> {
    const { limit, after } = page
    const later = after && {
      OR: [{ createdAt: { gt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }],
    }
    const rows = await this.database.address.findMany({
      where: { accountId, ...later },
      orderBy: [...OLDEST_FIRST],
      take: limit + 1,
    })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: shown.map(savedAddressOf),
      nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null,
    }
  }

  /** @throws ProblemException `not-found`, also for an address of another account */
  async find(accountId: string, id: string, tx: Transaction = this.database): Promise<SavedAddress> {
    const row = await tx.address.findUnique({ where: { id, accountId } })
    if (row === null) throw new ProblemException('not-found')
    return savedAddressOf(row)
  }

  /** The first one becomes the default. @throws ProblemException `limit-reached` */
  async add(accountId: string, { isDefault: wanted, ...address }: AddressEntry): Promise<SavedAddress> {
    return this.database.transaction(async (tx) => {
      await lockAccount(tx, accountId)
      const count = await tx.address.count({ where: { accountId } })
      if (count >= MOST_ADDRESSES) throw new ProblemException('limit-reached')
      const isDefault = wanted === true || count === 0
      if (isDefault) await clearDefault(tx, accountId)
      const id = randomUUID()
      const data = { ...columnsOf(address), id, accountId, isDefault, createdAt: this.clock.now() }
      await tx.address.createMany({ data })
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
      await tx.address.updateMany({ where: { id, accountId }, data: { ...columnsOf(address), isDefault } })
      return { ...address, id, isDefault }
    })
  }

  /** Where the default goes, the newest of the others becomes it. @throws ProblemException `not-found`, `precondition-failed` */
  async remove(accountId: string, id: string, precondition?: Precondition): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { isDefault } = await this.#lock(tx, accountId, id, precondition)
      await tx.address.deleteMany({ where: { id, accountId } })
      if (!isDefault) return
      const newest = await tx.address.findFirst({
        where: { accountId },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      })
      if (newest) await tx.address.updateMany({ where: { id: newest.id }, data: { isDefault: true } })
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
  tx.address.updateMany({ where: { accountId, isDefault: true }, data: { isDefault: false } })

const columnsOf = ({ line2, ...address }: Address) => ({ ...address, line2: line2 ?? null })

function savedAddressOf({ id, name, line1, line2, postalCode, city, country, isDefault }: AddressModel): SavedAddress {
  return { name, line1, ...(line2 === null ? {} : { line2 }), postalCode, city, country, id, isDefault }
}
