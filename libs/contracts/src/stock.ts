/** What staff see and do with stock. All of it is asked of inventory by the gateway, on behalf of somebody who is staff. */
import { z } from 'zod'
import { Sku } from './catalogue.ts'
import { line } from './text.ts'

export const sellingWarehouses = ['central', 'harbour'] as const
/** Where goods are; `transit` is what is on the way between two warehouses. */
export const Warehouse = z.enum([...sellingWarehouses, 'transit']).meta({ id: 'Warehouse' })
export type Warehouse = z.infer<typeof Warehouse>
export const SellingWarehouse = z.enum(sellingWarehouses)

/** Who does something, as the gateway knows them: header `x-staff-id` of each call that changes stock. */
export const StaffId = z.string().regex(/^account:[0-9a-f-]{36}$/)

export const StockInPlace = z
  .strictObject({
    warehouse: Warehouse,
    onHand: z.int().min(0),
    held: z.int().min(0),
    /** On hand and not held. */
    available: z.int().min(0),
  })
  .meta({ id: 'StockInPlace' })
export type StockInPlace = z.infer<typeof StockInPlace>

/** `GET /v1/stock/{sku}`. `available` is what can be bought: without what is in transit. */
export const StockOfProduct = z
  .strictObject({ sku: Sku, available: z.int().min(0), reorderPoint: z.int().min(0), places: z.array(StockInPlace) })
  .meta({ id: 'StockOfProduct' })
export type StockOfProduct = z.infer<typeof StockOfProduct>

export const movementKinds = [
  'opening',
  'sold',
  'returned',
  'restocked',
  'shipped',
  'received',
  'counted',
  'channel',
] as const
export const StockMovement = z
  .strictObject({
    /** Decimal digits; larger is later. */
    id: z.string().regex(/^\d+$/),
    sku: Sku,
    warehouse: Warehouse,
    kind: z.enum(movementKinds),
    /** Signed: what comes in is positive. */
    quantity: z.int(),
    at: z.iso.datetime(),
    reservationId: z.uuid().nullable(),
    /** Who moved it other than by a sale, and what they said to it. */
    document: z.strictObject({ id: z.uuid(), kind: z.string(), actor: z.string(), note: z.string() }).nullable(),
  })
  .meta({ id: 'StockMovement' })
export type StockMovement = z.infer<typeof StockMovement>

/** `GET /v1/stock/{sku}/movements?limit=&cursor=`, newest first. */
export const StockMovementPage = z
  .strictObject({ items: z.array(StockMovement), nextCursor: z.string().nullable() })
  .meta({ id: 'StockMovementPage' })
export type StockMovementPage = z.infer<typeof StockMovementPage>

/** More than a pallet of one product is not moved by hand. */
export const PieceCount = z.int().min(1).max(100_000)

/** Body of `POST /v1/transfers`. `id` is the idempotency key: the same body again has no second effect. */
export const TransferRequest = z
  .strictObject({
    id: z.uuid(),
    source: SellingWarehouse,
    destination: SellingWarehouse,
    note: line(0, 200).default(''),
    lines: z
      .array(z.strictObject({ sku: Sku, quantity: PieceCount }))
      .min(1)
      .max(50)
      .refine((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, {
        params: { code: 'duplicate-sku' },
      }),
  })
  .refine(({ source, destination }) => source !== destination, { path: ['destination'], params: { code: 'choice' } })
  .meta({ id: 'TransferRequest' })
export type TransferRequest = z.infer<typeof TransferRequest>

/** Shipped goods are in `transit` until they are received. */
export const TransferState = z.enum(['requested', 'shipped', 'received', 'cancelled']).meta({ id: 'TransferState' })
export type TransferState = z.infer<typeof TransferState>

export const Transfer = z
  .strictObject({
    id: z.uuid(),
    source: SellingWarehouse,
    destination: SellingWarehouse,
    state: TransferState,
    note: z.string(),
    /** Who asked for it. */
    actor: z.string(),
    lines: z.array(z.strictObject({ sku: Sku, quantity: PieceCount })),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Transfer' })
export type Transfer = z.infer<typeof Transfer>

/** `GET /v1/transfers?state=&limit=`, newest first. */
export const TransferList = z.strictObject({ items: z.array(Transfer) }).meta({ id: 'TransferList' })
export type TransferList = z.infer<typeof TransferList>
