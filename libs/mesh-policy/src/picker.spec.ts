import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import type { Excluded } from './excluded.ts'
import { buildPicker, type Picker } from './picker.ts'
import type { Cluster, Endpoint } from './snapshot.ts'
import { seededRandom } from './testing/seeded-random.ts'

const reader = { locality: '', labels: {}, namespace: 'meshmart' }
const tried = (...instances: string[]): Excluded => ({
  instances,
  tries: instances.length,
  remoteLocalities: false,
})
const picks = (
  balancer: Cluster['loadBalancer'] | Cluster,
  endpoints: readonly Endpoint[],
  state: ClusterState,
  random: () => number,
): Picker => {
  return buildPicker(typeof balancer === 'string' ? cluster(balancer) : balancer, endpoints, state, {
    random,
    now: 0,
    reader,
  })
}

const HOST = 'orders.meshmart.svc.cluster.local'
const cluster = (loadBalancer: Cluster['loadBalancer'], subsetLabels: Record<string, string> = {}): Cluster => ({
  name: `outbound|80||${HOST}`,
  host: HOST,
  port: 80,
  subset: null,
  subsetLabels,
  loadBalancer,
  tls: 'ISTIO_MUTUAL',
  connectTimeoutMs: 1000,
  outlierDetection: null,
})
const endpoint = (instance: string, more: Partial<Endpoint> = {}): Endpoint => ({
  instance,
  address: '127.0.0.1',
  ports: { '80': 9000 },
  identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
  transport: 'mtls',
  labels: {},
  locality: '',
  weight: 1,
  ...more,
})

const BALANCERS = ['LEAST_REQUEST', 'ROUND_ROBIN', 'RANDOM', 'PASSTHROUGH'] as const
const balancers = fc.constantFrom(...BALANCERS)
const fleet = fc.uniqueArray(
  fc.record({
    instance: fc.string({ minLength: 1, maxLength: 4 }),
    weight: fc.integer({ min: 1, max: 9 }),
    ejected: fc.boolean(),
    active: fc.nat(20),
  }),
  { selector: ({ instance }) => instance, maxLength: 8 },
)
const numbers = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))

describe('every balancer', () => {
  test('with one endpoint left, a second try goes to an ejected one rather than to the one that just failed', () => {
    for (const balancer of BALANCERS) {
      const state = new ClusterState()
      state.of('a').health = 'ejected'
      const picker = picks(balancer, [endpoint('a'), endpoint('b')], state, () => 0)
      expect(picker.pick(null, null)?.endpoint.instance).toBe('b')
      expect(picker.pick(tried('b'), null)?.endpoint.instance).toBe('a')
    }
  })

  test('never chooses an ejected endpoint, and nothing only where all are ejected', () => {
    fc.assert(
      fc.property(balancers, fleet, numbers, (balancer, members, randoms) => {
        const state = new ClusterState()
        for (const { instance, ejected, active } of members) {
          state.of(instance).health = ejected ? 'ejected' : 'admitted'
          state.of(instance).activeRequests = active
        }
        const endpoints = members.map(({ instance, weight }) => endpoint(instance, { weight }))
        const picker = picks(balancer, endpoints, state, () => randoms.next().value ?? 0)
        const healthy = members.filter(({ ejected }) => !ejected).map(({ instance }) => instance)
        for (let round = 0; round < 10; round++) {
          const chosen = picker.pick(null, null)
          if (healthy.length === 0) expect(chosen).toBeNull()
          else expect(healthy).toContain(chosen?.endpoint.instance)
        }
      }),
    )
  })

  test('never goes to an endpoint that was tried while there is another, however many were', () => {
    fc.assert(
      fc.property(balancers, fleet, numbers, (balancer, members, randoms) => {
        fc.pre(members.length > 0)
        const state = new ClusterState()
        for (const { instance, ejected } of members) state.of(instance).health = ejected ? 'ejected' : 'admitted'
        fc.pre(members.some(({ ejected }) => !ejected))
        const picker = picks(
          balancer,
          members.map(({ instance, weight }) => endpoint(instance, { weight })),
          state,
          () => randoms.next().value ?? 0,
        )
        const first = picker.pick(null, null)?.endpoint.instance ?? ''
        const instances = [first]
        while (instances.length < members.length) {
          const next = picker.pick(tried(...instances), null)?.endpoint.instance ?? ''
          expect(instances).not.toContain(next)
          const healthyLeft = members.some(({ instance, ejected }) => !ejected && !instances.includes(instance))
          expect(state.of(next).health).toBe(healthyLeft ? 'admitted' : 'ejected')
          instances.push(next)
        }
        // All were tried: at least not the last one again.
        const again = picker.pick(tried(...instances), null)?.endpoint.instance
        const admitted = members.filter(({ ejected }) => !ejected)
        if (admitted.length > 1) expect(again).not.toBe(instances.at(-1))
        expect(admitted.map(({ instance }) => instance)).toContain(again)
      }),
    )
  })

  test('never goes to the excluded endpoint while there is another', () => {
    fc.assert(
      fc.property(balancers, fleet, numbers, (balancer, members, randoms) => {
        fc.pre(members.length > 0)
        const endpoints = members.map(({ instance, weight }) => endpoint(instance, { weight }))
        const picker = picks(balancer, endpoints, new ClusterState(), () => randoms.next().value ?? 0)
        for (const { instance } of members) {
          const chosen = picker.pick(tried(instance), null)?.endpoint.instance
          if (members.length === 1) expect(chosen).toBe(instance)
          else expect(chosen).not.toBe(instance)
        }
      }),
    )
  })

  test.each(BALANCERS)('%s keeps to the labels of the subset, to the port, and to weights above 0', (balancer) => {
    const endpoints = [
      endpoint('v1', { labels: { version: 'v1' } }),
      endpoint('v2', { labels: { version: 'v2', zone: 'a' } }),
      endpoint('v2-other-port', { labels: { version: 'v2' }, ports: { '81': 9001 } }),
      endpoint('v2-weightless', { labels: { version: 'v2' }, weight: 0 }),
    ]
    const picker = picks(cluster(balancer, { version: 'v2' }), endpoints, new ClusterState(), () => 0.99)
    expect(picker.candidates.map(({ endpoint: { instance } }) => instance)).toEqual(['v2'])
    expect(picker.pick(null, null)?.port).toBe(9000)
  })
})

describe('LEAST_REQUEST', () => {
  test('of two always takes the one with fewer requests in flight', () => {
    const state = new ClusterState()
    state.of('busy').activeRequests = 5
    const randoms = [0.1, 0.9, 0.1, 0.1, 0.9, 0.9]
    const picker = picks('LEAST_REQUEST', [endpoint('busy'), endpoint('idle')], state, () => randoms.shift() ?? 0)
    for (let round = 0; round < 3; round++) expect(picker.pick(null, null)?.endpoint.instance).toBe('idle')
  })

  test('sees load change without a new picker', () => {
    const state = new ClusterState()
    const picker = picks('LEAST_REQUEST', [endpoint('a'), endpoint('b')], state, () => 0)
    expect(picker.pick(null, null)?.endpoint.instance).toBe('a')
    state.of('a').activeRequests += 1
    expect(picker.pick(null, null)?.endpoint.instance).toBe('b')
  })
})

describe('ROUND_ROBIN', () => {
  test('takes turns in proportion to weight', () => {
    const picker = picks('ROUND_ROBIN', [endpoint('a', { weight: 2 }), endpoint('b')], new ClusterState(), () => 0)
    const turns = Array.from({ length: 6 }, () => picker.pick(null, null)?.endpoint.instance)
    expect(turns).toEqual(['a', 'b', 'a', 'a', 'b', 'a'])
  })
})

test('ROUND_ROBIN: callers that get the same update do not all begin with the same endpoint', () => {
  const first = [0, 0.5].map((random) => {
    return picks('ROUND_ROBIN', [endpoint('a'), endpoint('b')], new ClusterState(), () => random).pick(null, null)
  })
  expect(first.map((chosen) => chosen?.endpoint.instance)).toEqual(['a', 'b'])
})

describe('weights', () => {
  const RANDOMS = seededRandom(7)
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 })

  test('shares are those of the weights where all are idle', () => {
    fc.assert(
      fc.property(balancers, weights, (balancer, given) => {
        const endpoints = given.map((weight, index) => endpoint(String(index), { weight }))
        const picker = picks(balancer, endpoints, new ClusterState(), RANDOMS)
        const rounds = 4000
        const counts = given.map(() => 0)
        for (let round = 0; round < rounds; round++) {
          const index = Number(picker.pick(null, null)?.endpoint.instance)
          counts[index] = (counts[index] ?? 0) + 1
        }
        const total = given.reduce((sum, weight) => sum + weight, 0)
        for (const [index, weight] of given.entries()) {
          expect(Math.abs((counts[index] ?? 0) / rounds - weight / total)).toBeLessThan(0.05)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('LEAST_REQUEST never gives one more than twice its share, however idle it looks', () => {
    const state = new ClusterState()
    state.of('heavy').activeRequests = 1000
    const endpoints = [endpoint('heavy', { weight: 9 }), endpoint('light')]
    const picker = picks('LEAST_REQUEST', endpoints, state, seededRandom(3))
    let light = 0
    for (let round = 0; round < 10_000; round++) if (picker.pick(null, null)?.endpoint.instance === 'light') light++
    expect(light).toBeGreaterThan(1500)
    expect(light).toBeLessThan(2100)
  })
})

describe('slow start', () => {
  const slowStart = { windowMs: 10_000, minimumPercent: 10, aggression: 1 }

  test.each(['LEAST_REQUEST', 'ROUND_ROBIN'] as const)(
    '%s gives a new endpoint its share little by little',
    (balancer) => {
      const settings = { ...cluster(balancer), slowStart }
      const endpoints = [endpoint('old'), endpoint('new', { since: 0 })]
      const shareAt = (now: number): number => {
        const picker = buildPicker(settings, endpoints, new ClusterState(), { random: seededRandom(5), now, reader })
        let fresh = 0
        for (let round = 0; round < 10_000; round++) if (picker.pick(null, null)?.endpoint.instance === 'new') fresh++
        return fresh / 10_000
      }
      expect(shareAt(0)).toBeCloseTo(0.1 / 1.1, 1)
      expect(shareAt(5000)).toBeCloseTo(0.5 / 1.5, 1)
      expect(shareAt(10_000)).toBeCloseTo(0.5, 1)
    },
  )
})
