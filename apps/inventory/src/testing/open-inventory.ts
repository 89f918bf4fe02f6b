/** Inventory's use cases on a real database, as the role that the service runs as, with a clock that the test turns. */
import { fileURLToPath } from 'node:url'
import { type Clock, Log, Outbox } from '@meshmart/service-kit'
import { createTestDatabase, type TestDatabase } from '@meshmart/service-kit/testing'
import { PrismaPg } from '@prisma/adapter-pg'
import { CatalogueOpening } from '../catalogue/opening.ts'
import type { CatalogueProduct } from '../catalogue/products.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { ExpirySweep } from '../reservation/expiry-sweep.ts'
import { ReserveStock } from '../reservation/reserve.ts'
import { SettleReservation } from '../reservation/settle.ts'
import { Transfers } from '../transfers/transfers.ts'

export const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

export class TurnedClock implements Clock {
  #now = Date.parse('2026-11-22T12:00:00Z')
  now(): Date {
    return new Date(this.#now)
  }
  advance(ms: number): void {
    this.#now += ms
  }
}

export interface Inventory {
  readonly database: TestDatabase
  readonly prisma: PrismaClient
  readonly clock: TurnedClock
  readonly opening: CatalogueOpening
  readonly stock: ReserveStock
  readonly settlement: SettleReservation
  readonly sweep: ExpirySweep
  readonly transfers: Transfers
  /** On hand and held of a product in all places together. */
  stockOf(sku: string): Promise<{ onHand: number; held: number }>
  /** The same by place, `onHand/held`: `{ central: '7/2', … }`. */
  placesOf(sku: string): Promise<Record<string, string>>
  /** Events of the outbox in order, and forgets them. */
  takeEvents(): Promise<{ type: string; subject: string; data: unknown }[]>
  close(): Promise<void>
}

export const testProduct = (sku: string, openingStock: number, reorderPoint = 0): CatalogueProduct => ({
  sku,
  category: 'kitchen',
  name: { en: `Product ${sku}`, 'zh-CN': `商品 ${sku}` },
  description: { en: 'For tests', 'zh-CN': '用于测试' },
  price: 1_234,
  openingStock,
  reorderPoint,
})

/** A database of its own with these products; close it afterwards. */
export async function openInventory(products: readonly CatalogueProduct[]): Promise<Inventory> {
  const database = await createTestDatabase({ service: 'inventory', migrations })
  const adapter = new PrismaPg({ connectionString: database.url, max: 12, options: '-c timezone=UTC' })
  const prisma = new PrismaClient({ adapter })
  const clock = new TurnedClock()
  const log = new Log({ level: 'error', service: 'inventory', instance: 'inventory-test' })
  const outbox = new Outbox(clock)
  const opening = new CatalogueOpening(prisma, outbox, clock, log)
  const settlement = new SettleReservation(prisma, outbox, clock)
  await opening.open(products)
  return {
    database,
    prisma,
    clock,
    opening,
    settlement,
    stock: new ReserveStock(prisma, outbox, clock),
    sweep: new ExpirySweep(prisma, settlement, clock, log),
    transfers: new Transfers(prisma, outbox, clock),
    stockOf: async (sku) => {
      const rows = await prisma.stock.findMany({ where: { sku } })
      const sum = (column: 'onHand' | 'held'): number => rows.reduce((total, row) => total + row[column], 0)
      return { onHand: sum('onHand'), held: sum('held') }
    },
    placesOf: async (sku) => {
      const rows = await prisma.stock.findMany({ where: { sku }, orderBy: { place: { place: 'asc' } } })
      return Object.fromEntries(rows.map(({ warehouse, onHand, held }) => [warehouse, `${onHand}/${held}`]))
    },
    takeEvents: async () => {
      const rows = await prisma.$queryRaw<{ seq: bigint; type: string; subject: string; data: unknown }[]>`
        WITH taken AS (DELETE FROM "outbox" RETURNING "seq", "type", "subject", "data") SELECT * FROM taken ORDER BY "seq"`
      return rows.map(({ type, subject, data }) => ({ type, subject, data }))
    },
    close: async () => {
      await prisma.$disconnect()
      await database.drop()
    },
  }
}
