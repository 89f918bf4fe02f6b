import { describe, expect, it } from 'vitest'
import { decideWarning, inAbout, soldOutAt } from './forecast.ts'

const now = new Date('2026-11-29T12:00:00Z')
const minutes = (n: number): Date => new Date(now.getTime() + n * 60_000)
/** One sale a minute for the last hours. */
const steady = (perMinute: number, sinceMinutes = 120) =>
  Array.from({ length: sinceMinutes }, (_, n) => ({ at: minutes(-n), sold: perMinute }))
const hoursUntil = (at: Date | null): number => (at === null ? Number.NaN : (at.getTime() - now.getTime()) / 3_600_000)

describe('soldOutAt', () => {
  it('divides what is left by the rate of steady sales', () => {
    expect(hoursUntil(soldOutAt(180, steady(1), now))).toBeCloseTo(3, 0)
    expect(hoursUntil(soldOutAt(180, steady(2), now))).toBeCloseTo(1.5, 0)
  })

  it('sees a rush that has begun five minutes ago, and forgets one that ended an hour ago', () => {
    const rush = Array.from({ length: 5 }, (_, n) => ({ at: minutes(-n), sold: 20 }))
    const over = rush.map(({ at, sold }) => ({ at: new Date(at.getTime() - 3_600_000), sold }))
    expect(hoursUntil(soldOutAt(200, rush, now))).toBeLessThan(2)
    expect(hoursUntil(soldOutAt(200, over, now))).toBeGreaterThan(4)
  })

  it.each([
    ['nothing was sold', []],
    ['one buyer bought', [{ at: minutes(-1), sold: 4 }]],
    [
      'as much came back',
      [
        { at: minutes(-9), sold: 9 },
        { at: minutes(-1), sold: -9 },
      ],
    ],
    ['it was long ago', [{ at: minutes(-121), sold: 99 }]],
    ['it has not happened yet', [{ at: minutes(1), sold: 99 }]],
  ])('says nothing where %s', (_, sales) => {
    expect(soldOutAt(10, sales, now)).toBeNull()
  })

  it('says now where nothing is left', () => {
    expect(soldOutAt(0, steady(1), now)).toEqual(now)
  })
})

describe('decideWarning', () => {
  it.each([
    [null, false, 'keep'],
    [minutes(179), false, 'raise'],
    [minutes(181), false, 'keep'],
    [minutes(179), true, 'keep'],
    [minutes(300), true, 'keep'],
    [minutes(361), true, 'clear'],
    [null, true, 'clear'],
  ] as const)('%j, open: %s: %s', (at, open, decision) => {
    expect(decideWarning(at, open, now)).toBe(decision)
  })
})

describe('inAbout', () => {
  it.each([
    [0, 'any moment'],
    [21, 'in about 20 minutes'],
    [58, 'in about 1 hour'],
    [170, 'in about 3 hours'],
  ])('%i minutes: %s', (ahead, words) => {
    expect(inAbout(minutes(ahead), now)).toBe(words)
  })
})
