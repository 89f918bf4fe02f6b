/** Whatever happens, in whatever order: in each place on hand is the sum of movements, held that of open holds, nothing is oversold and nothing is lost on the way. */
import { randomUUID } from 'node:crypto'
import { ProblemException } from '@meshmart/service-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdMs } from '../reservation/reserve.ts'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

const staff = 'account:00000000-0000-4000-8000-000000000001'
const skus = ['AGREE-A', 'AGREE-B', 'AGREE-C'] as const
let inventory: Inventory
beforeAll(async () => {
  inventory = await openInventory(skus.map((sku) => testProduct(sku, 12, 3)))
})
afterAll(() => inventory.close())

type Step =
  | { readonly kind: 'reserve'; readonly lines: { readonly sku: string; readonly quantity: number }[] }
  | { readonly kind: 'settle'; readonly which: number; readonly action: 'confirm' | 'release' }
  | { readonly kind: 'end'; readonly which: number }
  | { readonly kind: 'back'; readonly which: number; readonly sku: string; readonly quantity: number }
  | { readonly kind: 'expire' }
  | { readonly kind: 'transfer'; readonly sku: string; readonly quantity: number; readonly back: boolean }
  | { readonly kind: 'forward'; readonly which: number; readonly action: 'ship' | 'receive' | 'cancel' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('reserve' as const),
    lines: fc.uniqueArray(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 6 }) }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ sku }) => sku,
    }),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    which: fc.nat({ max: 30 }),
    action: fc.constantFrom('confirm' as const, 'release' as const),
  }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat({ max: 30 }) }),
  fc.record({
    kind: fc.constant('back' as const),
    which: fc.nat({ max: 30 }),
    sku: fc.constantFrom(...skus),
    quantity: fc.integer({ min: 1, max: 4 }),
  }),
  fc.constant({ kind: 'expire' as const }),
  fc.record({
    kind: fc.constant('transfer' as const),
    sku: fc.constantFrom(...skus),
    quantity: fc.integer({ min: 1, max: 6 }),
    back: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('forward' as const),
    which: fc.nat({ max: 30 }),
    action: fc.constantFrom('ship' as const, 'receive' as const, 'cancel' as const),
  }),
)

type Reserved = { readonly id: string; readonly orderId: string }

async function take(next: Step, reservations: Reserved[], transfers: string[]): Promise<void> {
  try {
    if (next.kind === 'reserve') {
      const { reservation } = await inventory.stock.reserve({ orderId: randomUUID(), lines: next.lines })
      reservations.push(reservation)
    } else if (next.kind === 'settle' || next.kind === 'end' || next.kind === 'back') {
      const reservation = reservations[next.which % Math.max(reservations.length, 1)]
      if (reservation === undefined) return
      if (next.kind === 'settle') await inventory.settlement.settle(reservation.id, next.action)
      else if (next.kind === 'end') await inventory.ends.end(reservation.orderId)
      else {
        const lines = [{ sku: next.sku, quantity: next.quantity }]
        await inventory.takeBack.pieces(reservation.id, { id: randomUUID(), lines })
      }
    } else if (next.kind === 'transfer') {
      const [source, destination] = next.back ? (['harbour', 'central'] as const) : (['central', 'harbour'] as const)
      const lines = [{ sku: next.sku, quantity: next.quantity }]
      const { transfer } = await inventory.transfers.request(staff, {
        id: randomUUID(),
        source,
        destination,
        note: '',
        lines,
      })
      transfers.push(transfer.id)
    } else if (next.kind === 'forward') {
      const id = transfers[next.which % Math.max(transfers.length, 1)]
      if (id !== undefined) await inventory.transfers.act(id, next.action)
    } else {
      inventory.clock.advance(holdMs)
      await inventory.sweep.sweep()
    }
  } catch (error) {
    // A refusal is a fair answer to a random step; anything else is what this test looks for.
    if (!(error instanceof ProblemException)) throw error
  }
}

interface Sums {
  sku: string
  warehouse: string
  on_hand: number
  held: number
  moved: number
  open: number
}
const sums = (): Promise<Sums[]> => inventory.database.query<Sums>`
  SELECT s."sku", s."warehouse", s."on_hand", s."held",
    (SELECT coalesce(sum(m."quantity"), 0)::int FROM "stock_movement" m WHERE m."sku" = s."sku" AND m."warehouse" = s."warehouse") AS "moved",
    (SELECT coalesce(sum(a."quantity"), 0)::int FROM "reservation_allocation" a JOIN "reservation" r ON r."id" = a."reservation_id"
      WHERE a."sku" = s."sku" AND a."warehouse" = s."warehouse" AND r."state" = 'held') AS "open"
  FROM "stock" s`
/** What a reservation's state says about what is out: all of it, some of it, nothing of it; in its absence the reservation is at fault. */
const misstated = (): Promise<{ id: string }[]> => inventory.database.query`
  SELECT r."id"::text AS "id" FROM "reservation" r LEFT JOIN "stock_movement" m ON m."reservation_id" = r."id"
  GROUP BY r."id" HAVING (coalesce(-sum(m."quantity"), 0) > 0) <> (r."state" = 'confirmed')`
/** What is on the way must be what shipped transfers carry. */
const carried = (): Promise<{ sku: string; carried: number }[]> => inventory.database.query`
  SELECT l."sku", sum(l."quantity")::int AS "carried" FROM "transfer_line" l JOIN "transfer_order" t ON t."id" = l."transfer_id"
  WHERE t."state" = 'shipped' GROUP BY l."sku"`

it('stock, movements and holds agree after every random sequence, four steps at a time', async () => {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31)
  console.log(`stock-agrees: FAST_CHECK_SEED=${seed}`)
  const sequence = fc.array(step, { minLength: 10, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(sequence, async (steps) => {
      const reservations: Reserved[] = []
      const transfers: string[] = []
      for (let at = 0; at < steps.length; at += 4) {
        await Promise.all(steps.slice(at, at + 4).map((next) => take(next, reservations, transfers)))
      }
      for (const row of await sums()) {
        const where = `${row.sku} in ${row.warehouse}`
        expect(row.on_hand, `${where}: on hand`).toBe(row.moved)
        expect(row.held, `${where}: held`).toBe(row.open)
        expect(row.on_hand - row.held, `${where}: available`).toBeGreaterThanOrEqual(0)
      }
      expect(await misstated()).toEqual([])
      const onTheWay = new Map((await carried()).map((row) => [row.sku, row.carried]))
      for (const { sku, warehouse, on_hand } of await sums()) {
        if (warehouse === 'transit') expect(on_hand, `${sku} on the way`).toBe(onTheWay.get(sku) ?? 0)
      }
    }),
    { seed, numRuns: 20, endOnFailure: true },
  )
})
