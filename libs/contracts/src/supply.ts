/** What staff do about stock that runs out, or that does not agree with the shelf. */
import { z } from 'zod'
import { Sku } from './catalogue.ts'
import { PieceCount, SellingWarehouse } from './stock.ts'
import { line } from './text.ts'

const lines = z
  .array(z.strictObject({ sku: Sku, quantity: PieceCount }))
  .min(1)
  .max(50)
const eachOnce = (items: readonly { readonly sku: string }[]): boolean =>
  new Set(items.map(({ sku }) => sku)).size === items.length
const duplicate = { params: { code: 'duplicate-sku' } }

/** Body of `POST /v1/replenishments`: an order to a supplier. `id` is the idempotency key. */
export const ReplenishmentRequest = z
  .strictObject({
    id: z.uuid(),
    warehouse: SellingWarehouse,
    expectedAt: z.iso.datetime(),
    note: line(0, 200).default(''),
    lines: lines.refine(eachOnce, duplicate),
  })
  .meta({ id: 'ReplenishmentRequest' })
export type ReplenishmentRequest = z.infer<typeof ReplenishmentRequest>

export const ReplenishmentState = z.enum(['ordered', 'arrived', 'cancelled']).meta({ id: 'ReplenishmentState' })
export type ReplenishmentState = z.infer<typeof ReplenishmentState>

export const Replenishment = z
  .strictObject({
    id: z.uuid(),
    warehouse: SellingWarehouse,
    state: ReplenishmentState,
    note: z.string(),
    actor: z.string(),
    lines,
    expectedAt: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Replenishment' })
export type Replenishment = z.infer<typeof Replenishment>

/** `GET /v1/replenishments?state=&limit=`, newest first. */
export const ReplenishmentList = z.strictObject({ items: z.array(Replenishment) }).meta({ id: 'ReplenishmentList' })
export type ReplenishmentList = z.infer<typeof ReplenishmentList>

/** Body of `POST /v1/stock-takes`: what was counted in one warehouse, and why the books may differ. `id` is the idempotency key. */
export const StockTakeRequest = z
  .strictObject({
    id: z.uuid(),
    warehouse: SellingWarehouse,
    reason: line(3, 200),
    counts: z
      .array(z.strictObject({ sku: Sku, counted: z.int().min(0).max(10_000_000) }))
      .min(1)
      .max(50)
      .refine(eachOnce, duplicate),
  })
  .meta({ id: 'StockTakeRequest' })
export type StockTakeRequest = z.infer<typeof StockTakeRequest>

/** What was counted, and what the books said at that moment; the difference is booked. */
export const StockTake = z
  .strictObject({
    id: z.uuid(),
    warehouse: SellingWarehouse,
    reason: z.string(),
    lines: z.array(z.strictObject({ sku: Sku, counted: z.int(), booked: z.int() })),
  })
  .meta({ id: 'StockTake' })
export type StockTake = z.infer<typeof StockTake>

/** `low`: at or below the reorder point. `running-out`: at the rate of the last sales it will be gone at `soldOutAt`. */
export const StockWarning = z
  .strictObject({
    id: z.uuid(),
    sku: Sku,
    kind: z.enum(['low', 'running-out']),
    /** When it was raised. */
    available: z.int().min(0),
    soldOutAt: z.iso.datetime().nullable(),
    raisedAt: z.iso.datetime(),
    clearedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'StockWarning' })
export type StockWarning = z.infer<typeof StockWarning>

/** `GET /v1/stock-warnings?open=&limit=`, newest first. */
export const StockWarningList = z.strictObject({ items: z.array(StockWarning) }).meta({ id: 'StockWarningList' })
export type StockWarningList = z.infer<typeof StockWarningList>
