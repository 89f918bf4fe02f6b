import { describe, expect, it } from 'vitest'
import { barsOf, totalsOf, type Series } from './bars.ts'

const two: Series[] = [
  { name: 'rejected', tone: 'bad', values: [1, 0, 3] },
  { name: 'cancelled', tone: 'warn', values: [1, 0, 1] },
]

describe('the bars of a chart', () => {
  it('are stacked, and the tallest position fills the height', () => {
    expect(totalsOf(two)).toEqual([2, 0, 4])
    expect(barsOf(two, { width: 300, height: 100 })).toEqual([
      { tone: 'bad', x: 10, y: 75, width: 80, height: 25 },
      { tone: 'warn', x: 10, y: 50, width: 80, height: 25 },
      { tone: 'bad', x: 210, y: 25, width: 80, height: 75 },
      { tone: 'warn', x: 210, y: 0, width: 80, height: 25 },
    ])
  })

  it('are none where nothing happened', () => {
    expect(barsOf([{ name: 'orders', tone: 'good', values: [0, 0] }], { width: 300, height: 100 })).toEqual([])
    expect(barsOf([], { width: 300, height: 100 })).toEqual([])
  })
})
