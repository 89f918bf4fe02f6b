import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate } from './allocation.ts'

const stock = (rows: Record<string, [central: number, harbour: number]>) =>
  new Map(
    Object.entries(rows).map(([sku, [central, harbour]]) => [
      sku,
      [
        { warehouse: 'central', available: central },
        { warehouse: 'harbour', available: harbour },
      ],
    ]),
  )
const told = (lines: [string, number][], rows: Record<string, [number, number]>): string[] =>
  allocate(
    lines.map(([sku, quantity]) => ({ sku, quantity })),
    stock(rows),
  ).map(({ sku, warehouse, quantity }) => `${quantity} ${sku} from ${warehouse}`)

describe('allocate', () => {
  it('takes everything from the first warehouse that has everything', () => {
    expect(told([['A', 2]], { A: [2, 9] })).toEqual(['2 A from central'])
    expect(
      told(
        [
          ['A', 2],
          ['B', 1],
        ],
        { A: [5, 2], B: [0, 1] },
      ),
    ).toEqual(['2 A from harbour', '1 B from harbour'])
  })

  it('sends two parcels where no warehouse has all lines, and keeps each line whole', () => {
    expect(
      told(
        [
          ['A', 2],
          ['B', 1],
        ],
        { A: [5, 0], B: [0, 1] },
      ),
    ).toEqual(['2 A from central', '1 B from harbour'])
  })

  it('splits a line that no warehouse has alone', () => {
    expect(told([['A', 5]], { A: [2, 4] })).toEqual(['2 A from central', '3 A from harbour'])
  })

  it('refuses what there is not', () => {
    expect(() => told([['A', 7]], { A: [2, 4] })).toThrow('A: 1 of 7 are nowhere')
  })

  it('gives every line in full and no warehouse more than it has', () => {
    const line = fc.record({
      central: fc.nat(9),
      harbour: fc.nat(9),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (rows) => {
        const named = rows.map((row, n) => ({ ...row, sku: `S-${n}` })).filter((row) => row.central + row.harbour > 0)
        const lines = named.map(({ sku, central, harbour, share }) => ({
          sku,
          quantity: Math.max(1, Math.round((central + harbour) * share)),
        }))
        const places = stock(Object.fromEntries(named.map(({ sku, central, harbour }) => [sku, [central, harbour]])))
        const given = allocate(lines, places)
        for (const { sku, quantity } of lines) {
          const parts = given.filter((part) => part.sku === sku)
          expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(quantity)
          for (const part of parts) {
            const place = places.get(sku)!.find(({ warehouse }) => warehouse === part.warehouse)!
            expect(part.quantity).toBeLessThanOrEqual(place.available)
            expect(part.quantity).toBeGreaterThan(0)
          }
        }
      }),
    )
  })
})
