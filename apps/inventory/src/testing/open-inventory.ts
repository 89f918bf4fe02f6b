/** Inventory's use cases on a real database, as the role that the service runs as, with a clock that the test turns. */
import { fileURLToPath } from 'node:url'
import { type Clock, Database, Log, MailOutbox, Outbox } from '@meshmart/service-kit'
import { createTestDatabase, type TestDatabase } from '@meshmart/service-kit/testing'
import { PrismaPg } from '@prisma/adapter-pg'
import { CatalogueOpening } from '../catalogue/opening.ts'
import type { CatalogueProduct } from '../catalogue/products.ts'
import { ChannelFeeds } from '../channel/channel-feeds.ts'
import { ChannelPublications } from '../channel/channel-publications.ts'
import { EndReservation } from '../reservation/end-reservation.ts'
import { ExpirySweep } from '../reservation/expiry-sweep.ts'
import { ReserveStock } from '../reservation/reserve.ts'
import { SettleReservation } from '../reservation/settle.ts'
import { TakeBack } from '../reservation/take-back.ts'
import { StockNews } from '../stock/stock-news.ts'
import { StockTakes } from '../stock/stock-takes.ts'
import { Replenishments } from '../replenishment/replenishments.ts'
import { Transfers } from '../transfers/transfers.ts'
import { Warnings } from '../warnings/warnings.ts'
import { WarningWatch } from '../warnings/warning-watch.ts'

export const migrations = fileURLToPath(new URL('../../migrations', import.meta.url))

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
  readonly prisma: Database
  readonly clock: TurnedClock
  readonly opening: CatalogueOpening
  readonly stock: ReserveStock
  readonly settlement: SettleReservation
  readonly takeBack: TakeBack
  readonly ends: EndReservation
  readonly sweep: ExpirySweep
  readonly transfers: Transfers
  readonly feeds: ChannelFeeds
  readonly publications: ChannelPublications
  readonly takes: StockTakes
  readonly replenishments: Replenishments
  readonly warnings: Warnings
  readonly watch: WarningWatch
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
  const prisma = new Database({ adapter })
  const clock = new TurnedClock()
  const log = new Log({ level: 'error', service: 'inventory', instance: 'inventory-test' })
  const outbox = new Outbox(clock)
  const warnings = new Warnings(prisma, new MailOutbox(clock), { STOCK_WARNING_RECIPIENT: 'stock@shop.example' })
  const news = new StockNews(outbox, warnings, clock)
  const opening = new CatalogueOpening(prisma, news, clock, log)
  const settlement = new SettleReservation(prisma, news, clock)
  const takeBack = new TakeBack(prisma, news, clock)
  await opening.open(products)
  return {
    database,
    prisma,
    clock,
    opening,
    settlement,
    takeBack,
    ends: new EndReservation(prisma, settlement, takeBack, clock),
    stock: new ReserveStock(prisma, news, clock),
    sweep: new ExpirySweep(prisma, settlement, clock, log),
    transfers: new Transfers(prisma, news, clock),
    feeds: new ChannelFeeds(prisma, news, clock),
    takes: new StockTakes(prisma, news, clock),
    replenishments: new Replenishments(prisma, news, clock),
    warnings,
    watch: new WarningWatch(prisma, warnings, outbox, clock, { addFigure: () => undefined }, log),
    publications: new ChannelPublications(prisma, clock),
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
      const rows = await prisma.query<{ seq: bigint; type: string; subject: string; data: unknown }>`
        WITH taken AS (DELETE FROM "outbox" RETURNING "seq", "type", "subject", "data") SELECT * FROM taken ORDER BY "seq"`
      return rows.map(({ type, subject, data }) => ({ type, subject, data }))
    },
    close: async () => {
      await prisma.close()
      await database.drop()
    },
  }
}
