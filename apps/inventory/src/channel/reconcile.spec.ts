import type { ChannelMovement } from '@meshmart/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BookedMovement, reconcile } from './reconcile.ts'

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 29, 10, minute)).toISOString()
const sold = (id: string, quantity: number, minute: number): ChannelMovement => ({
  id,
  sku: 'MUG-DAWN',
  kind: 'sold',
  quantity,
  movedAt: at(minute),
})
const stock = (central: number, harbour = 0) =>
  new Map([
    [
      'MUG-DAWN',
      [
        { warehouse: 'central', available: central },
        { warehouse: 'harbour', available: harbour },
      ],
    ],
  ])
const booked = (id: string, quantity: number, minute: number) =>
  new Map<string, BookedMovement>([[id, { quantity, movedAt: new Date(at(minute)) }]])
const told = (decisions: ReturnType<typeof reconcile>) =>
  decisions.map(({ movement, outcome, quantity, moves, conflict }) => ({
    id: movement.id,
    outcome,
    quantity,
    moves: moves.map((move) => `${move.quantity} ${move.warehouse}`),
    conflict: conflict && `${conflict.reason}, ${conflict.kept}`,
  }))

describe('reconcile', () => {
  it('books what is new, from where a customer would be served', () => {
    expect(told(reconcile([sold('a', 3, 1)], new Map(), stock(2, 2)))).toEqual([
      { id: 'a', outcome: 'booked', quantity: -3, moves: ['-2 central', '-1 harbour'], conflict: null },
    ])
  })

  it('books nothing again', () => {
    expect(told(reconcile([sold('a', 3, 1)], booked('a', -3, 1), stock(9)))).toEqual([
      { id: 'a', outcome: 'repeated', quantity: -3, moves: [], conflict: null },
    ])
  })

  it('takes the later word of two, and books the difference', () => {
    expect(told(reconcile([sold('a', 5, 2)], booked('a', -3, 1), stock(9)))).toEqual([
      { id: 'a', outcome: 'conflict', quantity: -5, moves: ['-2 central'], conflict: 'restated, theirs' },
    ])
    expect(told(reconcile([sold('a', 1, 2)], booked('a', -3, 1), stock(9)))).toEqual([
      { id: 'a', outcome: 'conflict', quantity: -1, moves: ['2 central'], conflict: 'restated, theirs' },
    ])
  })

  it.each([0, 1])('keeps ours where theirs is not later (minute %i)', (minute) => {
    expect(told(reconcile([sold('a', 5, minute)], booked('a', -3, 1), stock(9)))).toEqual([
      { id: 'a', outcome: 'conflict', quantity: -3, moves: [], conflict: 'restated, ours' },
    ])
  })

  it('gives the last piece to whoever sold it first, in whatever order the feed tells it', () => {
    expect(told(reconcile([sold('late', 1, 2), sold('early', 1, 1)], new Map(), stock(1)))).toEqual([
      { id: 'early', outcome: 'booked', quantity: -1, moves: ['-1 central'], conflict: null },
      { id: 'late', outcome: 'conflict', quantity: 0, moves: [], conflict: 'short, ours' },
    ])
  })

  it('tries again what could not be booked', () => {
    expect(told(reconcile([sold('late', 1, 2)], booked('late', 0, 2), stock(1)))).toEqual([
      { id: 'late', outcome: 'booked', quantity: -1, moves: ['-1 central'], conflict: null },
    ])
  })

  it('moves exactly what it books, and nothing below zero', () => {
    const movement = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: fc.constantFrom('sold' as const, 'returned' as const),
      quantity: fc.integer({ min: 1, max: 9 }),
      minute: fc.nat(9),
    })
    const feeds = fc.array(fc.uniqueArray(movement, { selector: ({ id }) => id }), { maxLength: 5 })
    fc.assert(
      fc.property(feeds, fc.nat(9), fc.nat(9), (all, central, harbour) => {
        const books = new Map<string, BookedMovement>()
        const places = { central, harbour }
        for (const feed of all) {
          const movements = feed.map(({ minute, ...rest }) => ({ ...rest, sku: 'MUG-DAWN', movedAt: at(minute) }))
          for (const { movement: each, quantity, moves } of reconcile(
            movements,
            books,
            stock(places.central, places.harbour),
          )) {
            const moved = moves.reduce((sum, move) => sum + move.quantity, 0)
            expect(moved).toBe(quantity - (books.get(each.id)?.quantity ?? 0))
            for (const move of moves) places[move.warehouse as 'central' | 'harbour'] += move.quantity
            if (moves.length > 0) books.set(each.id, { quantity, movedAt: new Date(each.movedAt) })
          }
          expect(Math.min(places.central, places.harbour)).toBeGreaterThanOrEqual(0)
        }
        const net = [...books.values()].reduce((sum, { quantity }) => sum + quantity, 0)
        expect(places.central + places.harbour).toBe(central + harbour + net)
      }),
    )
  })
})
