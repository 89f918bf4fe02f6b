import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isWarming, nextWarmupRebuild, warmth, weightNow } from './slow-start.ts'
import type { Cluster, Endpoint } from './snapshot.ts'

const SLOW = { windowMs: 10_000, minimumPercent: 10, aggression: 1 }
const HOST = 'orders.meshmart.svc.cluster.local'
const cluster = (more: Partial<Cluster> = {}): Cluster => ({
  name: `outbound|80||${HOST}`,
  host: HOST,
  port: 80,
  subset: null,
  subsetLabels: {},
  loadBalancer: 'ROUND_ROBIN',
  tls: 'ISTIO_MUTUAL',
  connectTimeoutMs: 1000,
  outlierDetection: null,
  slowStart: SLOW,
  ...more,
})
const endpoint = (since?: number, weight = 1): Endpoint => ({
  instance: 'orders-0',
  address: '127.0.0.1',
  ports: { '80': 9000 },
  identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
  transport: 'mtls',
  labels: {},
  locality: '',
  weight,
  ...(since === undefined ? {} : { since }),
})

describe('the curve', () => {
  test.each([
    [1, 0, 0.1],
    [1, 500, 0.1],
    [1, 5000, 0.5],
    [1, 10_000, 1],
    [1, 99_000, 1],
    [2, 2500, 0.5],
    [0.5, 5000, 0.25],
  ])('aggression %d after %d ms is %d', (aggression, age, share) => {
    expect(warmth({ ...SLOW, aggression }, 1000, 1000 + age)).toBeCloseTo(share, 6)
  })

  test('never falls, starts at the minimum and ends at 1', () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.nat(20_000),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.nat(100),
        (a, b, aggression, minimumPercent) => {
          const at = (age: number): number => warmth({ windowMs: 10_000, aggression, minimumPercent }, 0, age)
          expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)))
          expect(at(a)).toBeGreaterThanOrEqual(minimumPercent / 100)
          expect(at(a)).toBeGreaterThan(0)
          expect(at(10_000)).toBe(1)
        },
      ),
    )
  })

  test('a clock that runs ahead makes nobody heavier', () => {
    expect(warmth(SLOW, 5000, 1000)).toBe(0.1)
  })
})

describe('whose weight', () => {
  test('of LEAST_REQUEST and ROUND_ROBIN, where the endpoint says since when', () => {
    expect(weightNow(cluster(), endpoint(0, 4), 5000)).toBe(2)
    expect(weightNow(cluster({ loadBalancer: 'LEAST_REQUEST' }), endpoint(0, 4), 5000)).toBe(2)
    expect(weightNow(cluster(), endpoint(undefined, 4), 5000)).toBe(4)
    expect(weightNow(cluster({ loadBalancer: 'RANDOM' }), endpoint(0, 4), 5000)).toBe(4)
    const consistentHash = { on: { kind: 'sourceIp' }, algorithm: { kind: 'MAGLEV', tableSize: 7 } } as const
    expect(weightNow(cluster({ consistentHash }), endpoint(0, 4), 5000)).toBe(4)
  })
})

describe('rebuilding', () => {
  test('in steps while somebody is warming up, the last one exactly at the end', () => {
    expect(nextWarmupRebuild(cluster(), [endpoint(0), endpoint()], 1000)).toBe(1200)
    expect(nextWarmupRebuild(cluster(), [endpoint(0)], 9950)).toBe(10_000)
    expect(nextWarmupRebuild(cluster(), [endpoint(0)], 10_000)).toBeNull()
    expect(nextWarmupRebuild(cluster(), [endpoint()], 0)).toBeNull()
    expect(isWarming(cluster(), [endpoint(0)], 9999)).toBe(true)
    expect(isWarming(cluster({ loadBalancer: 'RANDOM' }), [endpoint(0)], 9999)).toBe(false)
  })

  test('steps are neither tiny nor coarse', () => {
    const after = (windowMs: number): number =>
      nextWarmupRebuild(cluster({ slowStart: { ...SLOW, windowMs } }), [endpoint(0)], 0) ?? 0
    expect(after(1000)).toBe(100)
    expect(after(3_600_000)).toBe(1000)
  })
})
