import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const LIMIT = { source: 'Sidecar meshmart/orders', maxTokens: 3, tokensPerFill: 2, fillIntervalMs: 1000 }
const takes = (bucket: TokenBucket, times: number, now: number): number =>
  Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length

test('begins full, and fills continuously up to its maximum', () => {
  const bucket = new TokenBucket(LIMIT, 5000)
  expect(takes(bucket, 5, 5000)).toBe(3)
  expect(takes(bucket, 1, 5499)).toBe(0)
  expect(takes(bucket, 2, 5500)).toBe(1)
  expect(takes(bucket, 9, 60_000)).toBe(3)
})

test('part of a token is kept for later', () => {
  const bucket = new TokenBucket(LIMIT, 0)
  takes(bucket, 3, 0)
  expect(takes(bucket, 2, 750)).toBe(1)
  expect(takes(bucket, 2, 1000)).toBe(1)
})

test('never gives more than it holds and what came in since, nor less than what is due', () => {
  const limits = fc.record({
    source: fc.constant('test'),
    maxTokens: fc.integer({ min: 1, max: 20 }),
    tokensPerFill: fc.integer({ min: 1, max: 20 }),
    fillIntervalMs: fc.integer({ min: 1, max: 5000 }),
  })
  fc.assert(
    fc.property(limits, fc.array(fc.nat(2000), { maxLength: 50 }), (limit, waits) => {
      const bucket = new TokenBucket(limit, 0)
      const rate = limit.tokensPerFill / limit.fillIntervalMs
      let now = 0
      let level = limit.maxTokens
      for (const wait of waits) {
        now += wait
        level = Math.min(limit.maxTokens, level + wait * rate)
        const taken = bucket.take(now)
        if (level >= 1 + 1e-6) expect(taken).toBe(true)
        if (level < 1 - 1e-6) expect(taken).toBe(false)
        if (taken) level -= 1
      }
    }),
  )
})

test('a clock that goes back gives nothing and breaks nothing', () => {
  const bucket = new TokenBucket(LIMIT, 10_000)
  takes(bucket, 3, 10_000)
  expect(bucket.take(0)).toBe(false)
  expect(bucket.take(10_500)).toBe(true)
})

test('refuses a limit that can never let anything through, by name', () => {
  expect(() => new TokenBucket({ ...LIMIT, tokensPerFill: 0 }, 0)).toThrow('Sidecar meshmart/orders: tokensPerFill')
})
