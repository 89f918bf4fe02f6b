import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import { hashOf } from './hash.ts'
import { buildPicker, type Picker } from './picker.ts'
import type { Cluster, ConsistentHash, Endpoint } from './snapshot.ts'

const ALGORITHMS: readonly ConsistentHash['algorithm'][] = [
  { kind: 'RING_HASH', minimumRingSize: 1024 },
  { kind: 'MAGLEV', tableSize: 4099 },
]
const cluster = (algorithm: ConsistentHash['algorithm']): Cluster => ({
  name: 'outbound|80||orders.meshmart.svc.cluster.local',
  host: 'orders.meshmart.svc.cluster.local',
  port: 80,
  subset: null,
  subsetLabels: {},
  loadBalancer: 'LEAST_REQUEST',
  tls: 'ISTIO_MUTUAL',
  connectTimeoutMs: 1000,
  outlierDetection: null,
  consistentHash: { on: { kind: 'sourceIp' }, algorithm },
})
const endpoint = (instance: string): Endpoint => ({
  instance,
  address: '127.0.0.1',
  ports: { '80': 9000 },
  identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
  transport: 'mtls',
  labels: {},
  locality: '',
  weight: 1,
})
const FLEET = ['orders-0', 'orders-1', 'orders-2', 'orders-3', 'orders-4']
const KEYS = Array.from({ length: 1000 }, (_, key) => hashOf(String(key)))

function picker(algorithm: ConsistentHash['algorithm'], state: ClusterState, instances = FLEET): Picker {
  return buildPicker(cluster(algorithm), instances.map(endpoint), state, {
    random: () => 0.3,
    now: 0,
    reader: { locality: '', labels: {}, namespace: 'meshmart' },
  })
}
const owners = (from: Picker): (string | undefined)[] => KEYS.map((hash) => from.pick(null, hash)?.endpoint.instance)

describe.each(ALGORITHMS)('$kind', (algorithm) => {
  test('one key, one endpoint, in whatever order endpoints are known and whoever asks', () => {
    const first = owners(picker(algorithm, new ClusterState()))
    expect(new Set(first)).toEqual(new Set(FLEET))
    expect(owners(picker(algorithm, new ClusterState(), FLEET.toReversed()))).toEqual(first)
  })

  test('an ejection moves the keys of whoever is ejected, no others, and they come back', () => {
    const state = new ClusterState()
    const before = owners(picker(algorithm, state))
    state.of('orders-2').health = 'ejected'
    const meanwhile = owners(picker(algorithm, state))
    for (const [key, owner] of before.entries()) {
      if (owner === 'orders-2') expect(meanwhile[key]).not.toBe('orders-2')
      else expect(meanwhile[key]).toBe(owner)
    }
    // Not all to one neighbour.
    expect(
      new Set(before.flatMap((owner, key) => (owner === 'orders-2' ? [meanwhile[key]] : []))).size,
    ).toBeGreaterThan(1)
    state.of('orders-2').health = 'admitted'
    expect(owners(picker(algorithm, state))).toEqual(before)
  })

  test('never an ejected one; nobody only where all are', () => {
    fc.assert(
      fc.property(fc.subarray(FLEET), fc.integer({ min: 0, max: 0xffffffff }), (out, hash) => {
        const state = new ClusterState()
        for (const instance of out) state.of(instance).health = 'ejected'
        const chosen = picker(algorithm, state).pick(null, hash)
        if (out.length === FLEET.length) expect(chosen).toBeNull()
        else expect(out).not.toContain(chosen?.endpoint.instance)
      }),
    )
  })

  test('another try goes to the next on the way, each time the same one', () => {
    const from = picker(algorithm, new ClusterState())
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (hash) => {
        const instances: string[] = []
        while (instances.length < FLEET.length) {
          const excluded =
            instances.length === 0 ? null : { instances, tries: instances.length, remoteLocalities: false }
          const next = from.pick(excluded, hash)?.endpoint.instance ?? ''
          expect(from.pick(excluded, hash)?.endpoint.instance).toBe(next)
          expect(instances).not.toContain(next)
          instances.push(next)
        }
      }),
    )
  })

  test('without a key any endpoint will do', () => {
    const from = picker(algorithm, new ClusterState())
    expect(from.pick(null, null)?.endpoint.instance).toBe('orders-1')
    const excluded = { instances: ['orders-1'], tries: 1, remoteLocalities: false }
    expect(from.pick(excluded, null)?.endpoint.instance).toBe('orders-2')
  })
})
