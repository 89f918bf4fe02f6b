import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CircuitBreakers } from './circuit-breakers.ts'

const times = (count: number, act: () => void): void => {
  for (let time = 0; time < count; time++) act()
}

describe('limits', () => {
  test('what is not written is no limit', () => {
    const breakers = new CircuitBreakers({})
    times(10_000, () => breakers.requestStarted())
    times(10_000, () => breakers.waitBegan())
    times(10_000, () => breakers.connectionOpened())
    expect([breakers.mayStartRequest(), breakers.mayWait(), breakers.mayConnect(5)]).toEqual([true, true, true])
  })

  test('each refuses at its own, and allows again when something ended', () => {
    const breakers = new CircuitBreakers({
      connectionPool: { maxConnections: 2, maxPendingRequests: 1, maxRequests: 3 },
    })
    times(2, () => breakers.connectionOpened())
    expect(breakers.mayConnect(1)).toBe(false)
    breakers.connectionClosed()
    expect(breakers.mayConnect(1)).toBe(true)
    breakers.waitBegan()
    expect(breakers.mayWait()).toBe(false)
    breakers.waitEnded()
    expect(breakers.mayWait()).toBe(true)
    times(3, () => breakers.requestStarted())
    expect(breakers.mayStartRequest()).toBe(false)
    breakers.requestEnded()
    expect(breakers.mayStartRequest()).toBe(true)
  })

  test('an endpoint without a connection may have one, whatever the others have', () => {
    const breakers = new CircuitBreakers({ connectionPool: { maxConnections: 1 } })
    times(5, () => breakers.connectionOpened())
    expect(breakers.mayConnect(0)).toBe(true)
  })

  test('new limits keep the counts', () => {
    const breakers = new CircuitBreakers({})
    times(3, () => breakers.requestStarted())
    breakers.configure({ connectionPool: { maxRequests: 3 } })
    expect(breakers.mayStartRequest()).toBe(false)
    breakers.configure({})
    expect(breakers.mayStartRequest()).toBe(true)
  })
})

describe('retries', () => {
  test('maxRetries takes the place of the budget', () => {
    const breakers = new CircuitBreakers({
      connectionPool: { maxRetries: 1 },
      retryBudget: { percent: 100, minRetryConcurrency: 50 },
    })
    expect(breakers.mayRetry()).toBe(true)
    breakers.retryStarted()
    expect(breakers.mayRetry()).toBe(false)
    expect(new CircuitBreakers({ connectionPool: { maxRetries: 0 } }).mayRetry()).toBe(false)
  })

  test('a budget grows with what is under way', () => {
    const breakers = new CircuitBreakers({ retryBudget: { percent: 50, minRetryConcurrency: 1 } })
    expect(breakers.maxRetries).toBe(1)
    times(6, () => breakers.requestStarted())
    // Two of these wait for a connection: they are not counted twice.
    times(2, () => breakers.waitBegan())
    expect(breakers.maxRetries).toBe(3)
  })

  test('the budget is never exceeded, whatever happens in whatever order', () => {
    const event = fc.constantFrom('start', 'end', 'wait', 'waited', 'fail', 'retried')
    const budget = fc.record({ percent: fc.integer({ min: 0, max: 100 }), minRetryConcurrency: fc.nat(5) })
    const limits = fc.record({ maxRetries: fc.nat(4) }, { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), budget, limits, (events, retryBudget, connectionPool) => {
        const breakers = new CircuitBreakers({ retryBudget, connectionPool })
        for (const happened of events) {
          if (happened === 'start' && breakers.mayStartRequest()) breakers.requestStarted()
          if (happened === 'end' && breakers.requests > 0) breakers.requestEnded()
          if (happened === 'wait' && breakers.mayWait()) breakers.waitBegan()
          if (happened === 'waited' && breakers.pending > 0) breakers.waitEnded()
          if (happened === 'retried' && breakers.retries > 0) breakers.retryEnded()
          if (happened !== 'fail' || !breakers.mayRetry()) continue
          breakers.retryStarted()
          const allowed =
            connectionPool.maxRetries ??
            Math.max(retryBudget.minRetryConcurrency, Math.floor((breakers.requests * retryBudget.percent) / 100))
          expect(breakers.retries).toBeLessThanOrEqual(allowed)
        }
      }),
      { numRuns: 500 },
    )
  })
})
