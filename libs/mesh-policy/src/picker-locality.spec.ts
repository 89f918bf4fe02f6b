import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import { buildPicker, type Picker } from './picker.ts'
import type { Cluster, Endpoint, LocalityPolicy } from './snapshot.ts'
import { seededRandom } from './testing/seeded-random.ts'

const HOST = 'orders.meshmart.svc.cluster.local'
const OUTLIERS = { consecutive5xxErrors: 5, intervalMs: 1000, baseEjectionTimeMs: 5000, maxEjectionPercent: 100 }
const cluster = (locality: LocalityPolicy, more: Partial<Cluster> = {}): Cluster => ({
  name: `outbound|80||${HOST}`,
  host: HOST,
  port: 80,
  subset: null,
  subsetLabels: {},
  loadBalancer: 'RANDOM',
  tls: 'ISTIO_MUTUAL',
  connectTimeoutMs: 1000,
  outlierDetection: OUTLIERS,
  locality,
  ...more,
})
/** Named by place: `us/east/a` has `us/east/a#0`, `us/east/a#1`, … */
const fleet = (places: Readonly<Record<string, number>>, labels: Record<string, string> = {}): Endpoint[] =>
  Object.entries(places).flatMap(([locality, count]) =>
    Array.from({ length: count }, (_, index) => ({
      instance: `${locality}#${index}`,
      address: '127.0.0.1',
      ports: { '80': 9000 },
      identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
      transport: 'mtls' as const,
      labels,
      locality,
      weight: 1,
    })),
  )
const ejected = (...instances: string[]): ClusterState => {
  const state = new ClusterState()
  for (const instance of instances) state.of(instance).health = 'ejected'
  return state
}
const ROUNDS = 20_000

function picker(
  settings: Cluster,
  endpoints: readonly Endpoint[],
  here: string,
  state = new ClusterState(),
  labels: Record<string, string> = {},
): Picker {
  return buildPicker(settings, endpoints, state, {
    random: seededRandom(11),
    now: 0,
    reader: { locality: here, labels, namespace: 'meshmart' },
  })
}

/** Share of each place in percent, rounded; the random numbers are the same in every run. */
function shares(from: Picker): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let round = 0; round < ROUNDS; round++) {
    const place = from.pick(null, null)?.endpoint.locality ?? 'nobody'
    counts[place] = (counts[place] ?? 0) + 1
  }
  return Object.fromEntries(
    Object.entries(counts)
      .sort()
      .map(([place, count]) => [place, Math.round((100 * count) / ROUNDS)]),
  )
}

describe('failover', () => {
  const everywhere = fleet({ 'us/east/a': 2, 'us/east/b': 2, 'us/west/a': 2, 'eu/west/a': 2 })
  const all = (place: string): string[] => [`${place}#0`, `${place}#1`]

  test('same subzone, then zone, then region, then anywhere', () => {
    const state = ejected()
    for (const place of ['us/east/a', 'us/east/b', 'us/west/a', 'eu/west/a']) {
      expect(shares(picker(cluster({}), everywhere, 'us/east/a', state))).toEqual({ [place]: 100 })
      for (const instance of all(place)) state.of(instance).health = 'ejected'
    }
    expect(picker(cluster({}), everywhere, 'us/east/a', state).pick(null, null)).toBeNull()
  })

  test('what a priority cannot bear spills over: half of it healthy bears 70 percent', () => {
    expect(shares(picker(cluster({}), everywhere, 'us/east/a', ejected('us/east/a#0')))).toEqual({
      'us/east/a': 70,
      'us/east/b': 30,
    })
  })

  test('from a region to another one first', () => {
    const endpoints = fleet({ 'eu/x/a': 1, 'us/x/a': 1, 'asia/x/a': 1 })
    const failover = [{ from: 'us', to: 'asia' }]
    expect(shares(picker(cluster({ failover }), endpoints, 'us/x/a', ejected('us/x/a#0')))).toEqual({ 'asia/x/a': 100 })
    const nearby = [...endpoints, ...fleet({ 'us/y/a': 1 })]
    expect(shares(picker(cluster({ failover }), nearby, 'us/x/a', ejected('us/x/a#0')))).toEqual({ 'us/y/a': 100 })
    const both = ejected('us/x/a#0', 'asia/x/a#0')
    expect(shares(picker(cluster({ failover }), endpoints, 'us/x/a', both))).toEqual({ 'eu/x/a': 100 })
    expect(shares(picker(cluster({ failover }), endpoints, 'eu/x/a', ejected('eu/x/a#0')))).toEqual({
      'asia/x/a': 50,
      'us/x/a': 50,
    })
  })

  test('by labels: the more from the first on agree, the earlier', () => {
    const endpoints = [
      ...fleet({ none: 1 }, { version: 'v1' }),
      ...fleet({ first: 1 }, { network: 'n1', version: 'v1' }),
      ...fleet({ both: 1 }, { network: 'n1', version: 'v2' }),
      ...fleet({ second: 1 }, { version: 'v2' }),
    ]
    const own = { network: 'n1', version: 'v2' }
    const settings = cluster({ failoverPriority: ['network', 'version'] })
    const state = ejected()
    expect(shares(picker(settings, endpoints, '', state, own))).toEqual({ both: 100 })
    state.of('both#0').health = 'ejected'
    expect(shares(picker(settings, endpoints, '', state, own))).toEqual({ first: 100 })
    state.of('first#0').health = 'ejected'
    // The first label decides: without it the second one is not looked at.
    expect(shares(picker(settings, endpoints, '', state, own))).toEqual({ none: 50, second: 50 })
  })

  test('by the topology labels, which everybody has, and by a value that is asked for', () => {
    const settings = cluster({ failoverPriority: ['topology.kubernetes.io/region=eu', 'topology.kubernetes.io/zone'] })
    const endpoints = fleet({ 'us/x/a': 1, 'eu/y/a': 1, 'eu/x/a': 1 })
    expect(shares(picker(settings, endpoints, 'us/x/b'))).toEqual({ 'eu/x/a': 100 })
    expect(shares(picker(settings, endpoints, 'us/x/b', ejected('eu/x/a#0')))).toEqual({ 'eu/y/a': 100 })
  })

  test('does nothing without outlier detection, as in Istio', () => {
    const settings = cluster({}, { outlierDetection: null })
    expect(shares(picker(settings, everywhere, 'us/east/a'))).toEqual({
      'eu/west/a': 25,
      'us/east/a': 25,
      'us/east/b': 25,
      'us/west/a': 25,
    })
  })

  test('a key keeps its priority while loads stay', () => {
    const consistentHash = { on: { kind: 'sourceIp' }, algorithm: { kind: 'RING_HASH', minimumRingSize: 64 } } as const
    const from = picker(cluster({}, { consistentHash }), everywhere, 'us/east/a', ejected('us/east/a#0'))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (hash) => {
        expect(from.pick(null, hash)).toBe(from.pick(null, hash))
      }),
    )
  })

  test('remoteLocalities: from the third try on another priority, though the first has more to offer', () => {
    const endpoints = fleet({ 'us/east/a': 4, 'us/west/a': 2 })
    const from = picker(cluster({}), endpoints, 'us/east/a')
    const instances = ['us/east/a#0', 'us/east/a#1']
    const next = (remoteLocalities: boolean, tried: string[]): string | undefined =>
      from.pick({ instances: tried, tries: tried.length, remoteLocalities }, null)?.endpoint.locality
    expect(next(false, instances)).toBe('us/east/a')
    expect(next(true, instances)).toBe('us/west/a')
    expect(next(true, instances.slice(1))).toBe('us/east/a')
  })

  test('another try leaves its priority before it goes to whoever was tried', () => {
    const from = picker(cluster({}), fleet({ 'us/east/a': 1, 'eu/west/a': 1 }), 'us/east/a')
    const excluded = { instances: ['us/east/a#0'], tries: 1, remoteLocalities: false }
    expect(from.pick(excluded, null)?.endpoint.locality).toBe('eu/west/a')
  })
})

describe('panic', () => {
  const settings = cluster({}, { outlierDetection: { ...OUTLIERS, minHealthPercent: 50 } })

  test('below minHealthPercent ejections are not believed', () => {
    const endpoints = fleet({ 'us/east/a': 5 })
    const most = ejected('us/east/a#0', 'us/east/a#1', 'us/east/a#2')
    const panicking = picker(settings, endpoints, '', most)
    expect(panicking.panic).toBe(true)
    expect(panicking.candidates).toHaveLength(5)
    const seen = new Set(Array.from({ length: 200 }, () => panicking.pick(null, null)?.endpoint.instance))
    expect(seen.size).toBe(5)
    const some = picker(settings, endpoints, '', ejected('us/east/a#0', 'us/east/a#1'))
    expect(some.panic).toBe(false)
    expect(some.candidates).toHaveLength(3)
  })

  test('not while another priority can help', () => {
    const endpoints = fleet({ 'us/east/a': 2, 'us/west/a': 2 })
    const from = picker(settings, endpoints, 'us/east/a', ejected('us/east/a#0', 'us/east/a#1'))
    expect(from.panic).toBe(false)
    expect(shares(from)).toEqual({ 'us/west/a': 100 })
  })

  test('with all ejected, everybody is used', () => {
    const from = picker(settings, fleet({ 'us/east/a': 2 }), '', ejected('us/east/a#0', 'us/east/a#1'))
    expect(from.pick(null, null)).not.toBeNull()
  })
})

describe('distribute', () => {
  const distribute = [
    { from: 'us/east/*', to: { 'us/east/*': 80, 'us/west/*': 20 } },
    { from: 'us/*', to: { '*': 100 } },
  ]
  const endpoints = fleet({ 'us/east/a': 1, 'us/east/b': 3, 'us/west/a': 5, 'eu/west/a': 4 })

  test('the first rule that fits the caller gives shares; what it does not name gets nothing', () => {
    expect(shares(picker(cluster({ distribute }), endpoints, 'us/east/a'))).toEqual({
      'us/east/a': 20,
      'us/east/b': 60,
      'us/west/a': 20,
    })
  })

  test('a wildcard divides by weight', () => {
    const [a, b, c, d] = [1, 3, 5, 4].map((count) => Math.round((100 * count) / 13))
    expect(shares(picker(cluster({ distribute }), endpoints, 'us/west/z'))).toEqual({
      'eu/west/a': d,
      'us/east/a': a,
      'us/east/b': b,
      'us/west/a': c,
    })
  })

  test('a caller whom no rule names uses all alike', () => {
    expect(shares(picker(cluster({ distribute }), fleet({ 'us/east/a': 1, 'eu/x/a': 1 }), 'eu'))).toEqual({
      'eu/x/a': 50,
      'us/east/a': 50,
    })
  })

  test('needs no outlier detection, and an unhealthy locality loses share', () => {
    const settings = cluster({ distribute }, { outlierDetection: null })
    const two = fleet({ 'us/east/a': 2, 'us/west/a': 1 })
    expect(shares(picker(settings, two, 'us/east/a'))).toEqual({ 'us/east/a': 80, 'us/west/a': 20 })
    // 80 × 70 % = 56 beside 20.
    expect(shares(picker(settings, two, 'us/east/a', ejected('us/east/a#0')))).toEqual({
      'us/east/a': 74,
      'us/west/a': 26,
    })
    const out = ejected('us/east/a#0', 'us/east/a#1')
    expect(shares(picker(settings, two, 'us/east/a', out))).toEqual({ 'us/west/a': 100 })
  })

  test('shares are those that are written, whatever the fleet', () => {
    const balancer = fc.constantFrom<Cluster['loadBalancer']>('RANDOM', 'LEAST_REQUEST', 'ROUND_ROBIN')
    const places = fc.uniqueArray(fc.constantFrom('r/a/1', 'r/b/1', 'r/c/1', 's/a/1'), { minLength: 2 })
    fc.assert(
      fc.property(
        balancer,
        places,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 8 }),
        (kind, named, numbers) => {
          const at = (index: number): number => numbers[index % numbers.length] ?? 1
          const to = Object.fromEntries(named.map((place, index) => [place, at(index)]))
          const counts = Object.fromEntries(named.map((place, index) => [place, at(index + 4)]))
          const settings = cluster({ distribute: [{ from: '*', to }] }, { loadBalancer: kind })
          const total = Object.values(to).reduce((sum, share) => sum + share, 0)
          for (const [place, percent] of Object.entries(shares(picker(settings, fleet(counts), 'r/a/1')))) {
            expect(Math.abs(percent - (100 * (to[place] ?? 0)) / total)).toBeLessThan(4)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  test('with hashing one ring serves all localities, in their shares', () => {
    const consistentHash = { on: { kind: 'sourceIp' }, algorithm: { kind: 'MAGLEV', tableSize: 4099 } } as const
    const from = picker(cluster({ distribute }, { consistentHash }), endpoints, 'us/east/a')
    let east = 0
    for (let step = 0; step < ROUNDS; step++) {
      const place = from.pick(null, Math.imul(step, 0x9e3779b1) >>> 0)?.endpoint.locality
      expect(place).not.toBe('eu/west/a')
      if (place?.startsWith('us/east') === true) east++
    }
    expect(east / ROUNDS).toBeCloseTo(0.8, 1)
  })
})
