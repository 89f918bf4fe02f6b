import { expect, it } from 'vitest'
import { KnownSkus } from './known-skus.ts'

it('knows a SKU for a minute, and none that it was not told', () => {
  const known = new KnownSkus()
  known.add('MUG', 5)
  expect([known.has('MUG', 5), known.has('MUG', 60_004), known.has('MUG', 60_005), known.has('CUP', 5)]).toEqual([
    true,
    true,
    false,
    false,
  ])
})

it('begins anew instead of growing without end', () => {
  const known = new KnownSkus()
  for (let n = 0; n <= 10_000; n++) known.add(`SKU-${n}`, 0)
  expect([known.has('SKU-0', 1), known.has('SKU-10000', 1)]).toEqual([false, true])
})
