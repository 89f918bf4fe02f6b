import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import { buildPicker } from './picker.ts'
import type { Cluster, Endpoint } from './snapshot.ts'

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
      const picker = buildPicker(cluster(balancer), [endpoint('a'), endpoint('b')], state, () => 0)
      expect(picker.pick(null)?.endpoint.instance).toBe('b')
      expect(picker.pick('b')?.endpoint.instance).toBe('a')
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
        const picker = buildPicker(cluster(balancer), endpoints, state, () => randoms.next().value ?? 0)
        const healthy = members.filter(({ ejected }) => !ejected).map(({ instance }) => instance)
        for (let round = 0; round < 10; round++) {
          const chosen = picker.pick(null)
          if (healthy.length === 0) expect(chosen).toBeNull()
          else expect(healthy).toContain(chosen?.endpoint.instance)
        }
      }),
    )
  })

  test('never goes to the excluded endpoint while there is another', () => {
    fc.assert(
      fc.property(balancers, fleet, numbers, (balancer, members, randoms) => {
        fc.pre(members.length > 0)
        const endpoints = members.map(({ instance, weight }) => endpoint(instance, { weight }))
        const picker = buildPicker(cluster(balancer), endpoints, new ClusterState(), () => randoms.next().value ?? 0)
        for (const { instance } of members) {
          const chosen = picker.pick(instance)?.endpoint.instance
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
    const picker = buildPicker(cluster(balancer, { version: 'v2' }), endpoints, new ClusterState(), () => 0.99)
    expect(picker.candidates.map(({ endpoint: { instance } }) => instance)).toEqual(['v2'])
    expect(picker.pick(null)?.port).toBe(9000)
  })
})

describe('LEAST_REQUEST', () => {
  test('of two always takes the one with fewer requests in flight', () => {
    const state = new ClusterState()
    state.of('busy').activeRequests = 5
    const randoms = [0.1, 0.9, 0.1, 0.1, 0.9, 0.9]
    const picker = buildPicker(
      cluster('LEAST_REQUEST'),
      [endpoint('busy'), endpoint('idle')],
      state,
      () => randoms.shift() ?? 0,
    )
    for (let round = 0; round < 3; round++) expect(picker.pick(null)?.endpoint.instance).toBe('idle')
  })

  test('sees load change without a new picker', () => {
    const state = new ClusterState()
    const picker = buildPicker(cluster('LEAST_REQUEST'), [endpoint('a'), endpoint('b')], state, () => 0)
    expect(picker.pick(null)?.endpoint.instance).toBe('a')
    state.of('a').activeRequests += 1
    expect(picker.pick(null)?.endpoint.instance).toBe('b')
  })
})

describe('ROUND_ROBIN', () => {
  test('takes turns in proportion to weight', () => {
    const picker = buildPicker(
      cluster('ROUND_ROBIN'),
      [endpoint('a', { weight: 2 }), endpoint('b')],
      new ClusterState(),
      () => 0,
    )
    const turns = Array.from({ length: 6 }, () => picker.pick(null)?.endpoint.instance)
    expect(turns).toEqual(['a', 'b', 'a', 'a', 'b', 'a'])
  })
})
