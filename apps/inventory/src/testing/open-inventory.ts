/** Inventory's use cases on a real database, as the role that the service runs as, with a clock that the test turns. */
import { fileURLToPath } from 'node:url'
import { type Clock, Database, Log, MailOutbox, Outbox } from '@meshmart/service-kit'
import { createTestDatabase, type TestDatabase } from '@meshmart/service-kit/testing'
import { CatalogueOpening } from '../catalogue/opening.ts'
import { ProductEditing } from '../catalogue/product-editing.ts'
import { ProductSearch } from '../catalogue/product-search.ts'
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
  readonly database: Database
  /** Where it is, and how others than the service reach it. */
  readonly urls: Pick<TestDatabase, 'url' | 'ownerUrl'>
  readonly clock: TurnedClock
  readonly opening: CatalogueOpening
  readonly search: ProductSearch
  readonly editing: ProductEditing
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
  const urls = await createTestDatabase({ service: 'inventory', migrations })
  const clock = new TurnedClock()
  const log = new Log({ level: 'error', service: 'inventory', instance: 'inventory-test' })
  const database = new Database({
    url: urls.url,
    poolSize: 12,
    onBroken: (error) => log.error('an idle database connection broke', { error }),
  })
  const outbox = new Outbox(clock)
  const warnings = new Warnings(database, new MailOutbox(clock), { STOCK_WARNING_RECIPIENT: 'stock@shop.example' })
  const news = new StockNews(outbox, warnings, clock)
  const search = new ProductSearch(database)
  const opening = new CatalogueOpening(database, news, clock, log)
  const settlement = new SettleReservation(database, news, clock)
  const takeBack = new TakeBack(database, news, clock)
  await opening.open(products)
  return {
    database,
    urls,
    clock,
    opening,
    search,
    editing: new ProductEditing(database, search, outbox, news, clock),
    settlement,
    takeBack,
    ends: new EndReservation(database, settlement, takeBack, clock),
    stock: new ReserveStock(database, news, clock),
    sweep: new ExpirySweep(database, settlement, clock, log),
    transfers: new Transfers(database, news, clock),
    feeds: new ChannelFeeds(database, news, clock),
    takes: new StockTakes(database, news, clock),
    replenishments: new Replenishments(database, news, clock),
    warnings,
    watch: new WarningWatch(database, warnings, outbox, clock, { addFigure: () => undefined }, log),
    publications: new ChannelPublications(database, clock),
    stockOf: async (sku) => {
      const [row] = await database.query<{ onHand: number; held: number }>`
        SELECT coalesce(sum("on_hand"), 0)::int AS "onHand", coalesce(sum("held"), 0)::int AS "held" FROM "stock" WHERE "sku" = ${sku}`
      return row!
    },
    placesOf: async (sku) => {
      const rows = await database.query<{ warehouse: string; pieces: string }>`
        SELECT s."warehouse", concat(s."on_hand", '/', s."held") AS "pieces" FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse"
        WHERE s."sku" = ${sku} ORDER BY w."place"`
      return Object.fromEntries(rows.map(({ warehouse, pieces }) => [warehouse, pieces]))
    },
    takeEvents: async () => {
      const rows = await database.query<{ seq: bigint; type: string; subject: string; data: unknown }>`
        WITH taken AS (DELETE FROM "outbox" RETURNING "seq", "type", "subject", "data") SELECT * FROM taken ORDER BY "seq"`
      return rows.map(({ type, subject, data }) => ({ type, subject, data }))
    },
    close: async () => {
      await database.close()
      await urls.drop()
    },
  }
}
