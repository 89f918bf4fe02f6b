/** Whatever happens, in whatever order: on hand is the sum of movements, held is the sum of open holds, and nothing is oversold. */
import { randomUUID } from 'node:crypto'
import { ProblemException } from '@meshmart/service-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdMs } from '../reservation/reserve.ts'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

const skus = ['AGREE-A', 'AGREE-B', 'AGREE-C'] as const
let inventory: Inventory
beforeAll(async () => {
  inventory = await openInventory(skus.map((sku) => testProduct(sku, 12, 3)))
})
afterAll(() => inventory.close())

type Step =
  | { readonly kind: 'reserve'; readonly lines: { readonly sku: string; readonly quantity: number }[] }
  | { readonly kind: 'settle'; readonly which: number; readonly action: 'confirm' | 'release' | 'return' }
  | { readonly kind: 'expire' }

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
    action: fc.constantFrom('confirm' as const, 'release' as const, 'return' as const),
  }),
  fc.constant({ kind: 'expire' as const }),
)

async function take(next: Step, ids: string[]): Promise<void> {
  try {
    if (next.kind === 'reserve') {
      const { reservation } = await inventory.stock.reserve({ orderId: randomUUID(), lines: next.lines })
      ids.push(reservation.id)
    } else if (next.kind === 'settle') {
      const id = ids[next.which % Math.max(ids.length, 1)]
      if (id !== undefined) await inventory.settlement.settle(id, next.action)
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
  on_hand: number
  held: number
  moved: number
  open: number
}
const sums = (): Promise<Sums[]> => inventory.prisma.$queryRaw<Sums[]>`
  SELECT s."sku", s."on_hand", s."held",
    (SELECT coalesce(sum(m."quantity"), 0)::int FROM "stock_movement" m WHERE m."sku" = s."sku") AS "moved",
    (SELECT coalesce(sum(l."quantity"), 0)::int FROM "reservation_line" l JOIN "reservation" r ON r."id" = l."reservation_id"
      WHERE l."sku" = s."sku" AND r."state" = 'held') AS "open"
  FROM "stock" s`

it('stock, movements and holds agree after every random sequence, four steps at a time', async () => {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31)
  console.log(`stock-agrees: FAST_CHECK_SEED=${seed}`)
  const sequence = fc.array(step, { minLength: 10, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(sequence, async (steps) => {
      const ids: string[] = []
      for (let at = 0; at < steps.length; at += 4) {
        await Promise.all(steps.slice(at, at + 4).map((next) => take(next, ids)))
      }
      for (const row of await sums()) {
        expect(row.on_hand, `${row.sku}: on hand`).toBe(row.moved)
        expect(row.held, `${row.sku}: held`).toBe(row.open)
        expect(row.on_hand - row.held, `${row.sku}: available`).toBeGreaterThanOrEqual(0)
      }
    }),
    { seed, numRuns: 20, endOnFailure: true },
  )
})
