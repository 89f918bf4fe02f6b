import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import { hashOf } from './hash.ts'
import { recordOutcome, sweepEjections } from './outlier-detection.ts'
import { buildPicker, type Picker } from './picker.ts'
import type { Cluster, Endpoint } from './snapshot.ts'
import { seededRandom } from './testing/seeded-random.ts'

/** Balancing and outlier detection together, as a sidecar runs them: a new picker only where one of them says that something changed. */

const OUTLIERS = {
  consecutive5xxErrors: 2,
  consecutiveGatewayErrors: 1,
  intervalMs: 1000,
  baseEjectionTimeMs: 2000,
  successRate: { minimumHosts: 2, requestVolume: 2, stdevFactor: 500 },
}
const balancing: fc.Arbitrary<Partial<Cluster>> = fc.constantFrom(
  { loadBalancer: 'LEAST_REQUEST' },
  { loadBalancer: 'ROUND_ROBIN' },
  { loadBalancer: 'RANDOM' },
  {
    consistentHash: { on: { kind: 'sourceIp' }, algorithm: { kind: 'RING_HASH', minimumRingSize: 32 } },
  },
  { consistentHash: { on: { kind: 'sourceIp' }, algorithm: { kind: 'MAGLEV', tableSize: 31 } } },
)
const locality = fc.constantFrom<Partial<Cluster>>(
  {},
  { locality: {} },
  { locality: { failoverPriority: ['version'] } },
  { locality: { distribute: [{ from: '*', to: { 'a/*': 60, 'b/*': 40 } }] } },
)
const PLACES = ['a/x/1', 'a/x/2', 'a/y/1', 'b/x/1']
const FLEET = PLACES.flatMap((place, index): Endpoint[] =>
  [0, 1].map((replica) => ({
    instance: `orders-${index}-${replica}`,
    address: '127.0.0.1',
    ports: { '80': 9000 },
    identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
    transport: 'mtls',
    labels: { version: `v${replica}` },
    locality: place,
    weight: 1 + replica,
  })),
)
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('request'), key: fc.option(fc.string()), seed: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep'), after: fc.nat(3000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fleet'), members: fc.subarray(FLEET) }) },
  ),
  { maxLength: 120 },
)

test('whatever happens: no ejected endpoint while another is healthy, none twice for one request, nobody only where all are out', () => {
  fc.assert(
    fc.property(balancing, locality, fc.nat(100), fc.nat(100), events, (lb, place, most, minHealthPercent, history) => {
      const outlierDetection = { ...OUTLIERS, maxEjectionPercent: most, minHealthPercent }
      const cluster: Cluster = {
        name: 'outbound|80||orders.meshmart.svc.cluster.local',
        host: 'orders.meshmart.svc.cluster.local',
        port: 80,
        subset: null,
        subsetLabels: {},
        loadBalancer: 'LEAST_REQUEST',
        tls: 'ISTIO_MUTUAL',
        connectTimeoutMs: 1000,
        outlierDetection,
        ...lb,
        ...place,
      }
      const state = new ClusterState()
      let now = 0
      let members: readonly Endpoint[] = FLEET
      const reader = { locality: 'a/x/1', labels: { version: 'v1' }, namespace: 'meshmart' }
      const build = (): Picker => buildPicker(cluster, members, state, { random: seededRandom(now), now, reader })
      let picker = build()
      for (const event of history) {
        if ('members' in event) {
          members = event.members
          state.retain(new Set(members.map(({ instance }) => instance)))
          picker = build()
        } else if ('after' in event) {
          now += event.after
          if (sweepEjections(outlierDetection, state, members.length, now) !== null) picker = build()
        } else {
          const random = seededRandom(event.seed)
          const hash = event.key === null ? null : hashOf(event.key)
          const instances: string[] = []
          for (let tries = 0; tries < 4; tries++) {
            const excluded = tries === 0 ? null : { instances: [...instances], tries, remoteLocalities: random() < 0.5 }
            const chosen = picker.pick(excluded, hash)
            const admitted = members.filter(({ instance }) => state.of(instance).health === 'admitted')
            const untried = admitted.filter(({ instance }) => !instances.includes(instance))
            if (chosen === null) {
              expect(admitted).toEqual([])
              break
            }
            const { instance } = chosen.endpoint
            expect(members).toContain(chosen.endpoint)
            if (!picker.panic) {
              if (tries === 0 || untried.length > 0) expect(chosen.state.health).toBe('admitted')
              if (untried.length > 0) expect(instances).not.toContain(instance)
            }
            if (instances.length > 0 && members.length > 1 && admitted.length > 1) {
              expect(instance).not.toBe(instances.at(-1))
            }
            instances.push(instance)
            const status = [200, 200, 500, 503, 0][Math.floor(random() * 5)] ?? 0
            const before = chosen.state.health
            const cause = recordOutcome(outlierDetection, state, chosen.state, status, members.length, now)
            expect(chosen.state.health).toBe(cause === null ? before : 'ejected')
            if (cause !== null) picker = build()
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})
