import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { priorityLoads } from './priority-load.ts'

const percents = (levels: readonly (readonly [healthy: number, hosts: number])[], panicThreshold = 0): number[] =>
  priorityLoads(
    levels.map(([healthy, hosts]) => ({ healthy, hosts })),
    panicThreshold,
  ).map(({ percent }) => percent)

describe('spillover: Envoy’s rule, rounding included', () => {
  test.each([
    [
      [100, 100, 100],
      [100, 0, 0],
    ],
    [
      [72, 72, 100],
      [100, 0, 0],
    ],
    [
      [71, 71, 100],
      [99, 1, 0],
    ],
    [
      [50, 50, 100],
      [70, 30, 0],
    ],
    [
      [25, 100, 100],
      [35, 65, 0],
    ],
    [
      [25, 25, 100],
      [35, 35, 30],
    ],
    [
      [25, 25, 20],
      [37, 35, 28],
    ],
  ])('healthy percents %j: loads %j', (healthy, loads) => {
    expect(percents(healthy.map((percent) => [percent, 100]))).toEqual(loads)
  })
})

describe('panic', () => {
  test('never while the levels together can bear all', () => {
    const loads = priorityLoads([{ healthy: 1, hosts: 10 }, { healthy: 10, hosts: 10 }], 50) // prettier-ignore
    expect(loads).toEqual([
      { percent: 14, panic: false },
      { percent: 86, panic: false },
    ])
  })

  test('at a level below the threshold where they cannot', () => {
    expect(priorityLoads([{ healthy: 4, hosts: 10 }], 50)).toEqual([{ percent: 100, panic: true }])
    expect(priorityLoads([{ healthy: 6, hosts: 10 }], 50)).toEqual([{ percent: 100, panic: false }])
  })

  test('at all levels: load by hosts, whether healthy or not', () => {
    expect(percents([[0, 10], [0, 30]], 50)).toEqual([25, 75]) // prettier-ignore
    expect(percents([[0, 1], [0, 2]], 50)).toEqual([34, 66]) // prettier-ignore
  })

  test('with a threshold of 0 it is off: nobody healthy, nobody chosen', () => {
    expect(priorityLoads([{ healthy: 0, hosts: 3 }], 0)).toEqual([{ percent: 100, panic: false }])
  })
})

test('loads always sum up to 100', () => {
  const level = fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([a, b]) => ({ healthy: Math.min(a, b), hosts: Math.max(a, b, 1) }))
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 5 }), fc.nat(100), (levels, threshold) => {
      const loads = priorityLoads(levels, threshold)
      expect(loads.reduce((sum, { percent }) => sum + percent, 0)).toBe(100)
      for (const { percent } of loads) expect(percent).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('nobody at all', () => {
  expect(priorityLoads([], 50)).toEqual([])
})
