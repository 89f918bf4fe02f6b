import type { Endpoint } from '@meshmart/mesh-policy'
import { describe, expect, it } from 'vitest'
import { parseLeaseKey, readLease } from './lease.ts'
import { Registry } from './registry.ts'

const key = (instance: string) => ({ namespace: 'meshmart', service: 'orders', instance })
const lease = (instance: string, more: object = {}) => ({
  instance,
  address: '10.0.0.1',
  ports: { '80': 4_000 },
  transport: 'mtls',
  ...more,
})
const endpoint = (instance: string): Endpoint => readLease(key(instance), lease(instance), 'cluster.local')
const host = 'orders.meshmart.svc.cluster.local'
const instances = (registry: Registry, now: number) =>
  registry.snapshot(host, now).endpoints.map((each) => each.instance)

describe('Registry', () => {
  it('lists replicas by name, whatever order they came in, and knows what is news', () => {
    const registry = new Registry()
    expect(registry.renew(key('orders-2'), endpoint('orders-2'))).toBe(true)
    expect(registry.renew(key('orders-1'), endpoint('orders-1'))).toBe(true)
    expect(registry.renew(key('orders-1'), endpoint('orders-1'))).toBe(false)
    expect(instances(registry, 0)).toEqual(['orders-1', 'orders-2'])
  })

  it('is described by Kubernetes, which makes nobody known', () => {
    const registry = new Registry()
    const unknown = 'reviews.shop.svc.cluster.local'
    registry.define(new Map([host, unknown].map((each) => [each, { ports: [80], exportTo: ['.'] }])))
    expect(registry.hosts).toEqual([])
    registry.renew(key('orders-1'), endpoint('orders-1'))
    expect(registry.services).toMatchObject([{ service: 'orders', definition: { exportTo: ['.'] } }])
    registry.define(new Map())
    expect(registry.services[0]).not.toHaveProperty('definition')
  })

  it('goes on knowing a service whose last replica has left', () => {
    const registry = new Registry()
    registry.renew(key('orders-1'), endpoint('orders-1'))
    registry.end(key('orders-1'))
    expect(registry.hosts).toEqual([host])
    expect(instances(registry, 0)).toEqual([])
  })

  it('holds what was published until the time is up, unless its owner deletes it', () => {
    const registry = new Registry()
    registry.startOver([{ host, endpoints: [endpoint('orders-1'), endpoint('orders-2')] }], 100)
    registry.renew(key('orders-3'), endpoint('orders-3'))
    registry.end(key('orders-2'))
    expect(instances(registry, 99)).toEqual(['orders-1', 'orders-3'])
    expect(instances(registry, 100)).toEqual(['orders-3'])
  })

  it('brings back nothing from before when it starts over a second time', () => {
    const registry = new Registry()
    registry.startOver([{ host, endpoints: [endpoint('orders-1')] }], 100)
    registry.startOver([{ host, endpoints: [endpoint('orders-2')] }], 300)
    expect(instances(registry, 200)).toEqual(['orders-2'])
  })
})

describe('the shape of a service', () => {
  const shape = (registry: Registry) => registry.services[0]
  const stored = (instance: string, more: object) => readLease(key(instance), lease(instance, more), 'cluster.local')

  it('is plain HTTP at 80 until a replica says otherwise', () => {
    const registry = new Registry()
    registry.know({ namespace: 'meshmart', service: 'orders' })
    expect(shape(registry)).toMatchObject({ ports: [80], portNames: {}, labels: [] })
  })

  it('has the ports of all replicas with their names, and stays when the last one leaves', () => {
    const registry = new Registry()
    registry.renew(
      key('orders-2'),
      stored('orders-2', { ports: { '5432': 1, '80': 2 }, portNames: { '5432': 'mysql' } }),
    )
    registry.renew(
      key('orders-1'),
      stored('orders-1', { ports: { '5432': 1 }, portNames: { '5432': 'tcp-db' }, labels: { a: 'b' } }),
    )
    const expected = { ports: [80, 5432], portNames: { '5432': 'tcp-db' }, labels: [{ a: 'b' }, {}] }
    expect(shape(registry)).toMatchObject({ ...expected, labels: expect.arrayContaining(expected.labels) })
    registry.end(key('orders-2'))
    registry.end(key('orders-1'))
    expect(shape(registry)).toMatchObject({ ports: [5432], portNames: { '5432': 'tcp-db' } })
  })

  it('is the same whatever replica comes or goes, as long as they say the same', () => {
    const registry = new Registry()
    registry.renew(key('orders-1'), stored('orders-1', { labels: { a: '1', b: '2' } }))
    const before = JSON.stringify(registry.services)
    registry.renew(key('orders-2'), stored('orders-2', { labels: { b: '2', a: '1' } }))
    expect(JSON.stringify(registry.services)).toBe(before)
  })

  it('takes from before only what a workload of the mesh published', () => {
    const registry = new Registry()
    const plain = { ...endpoint('api-0'), identity: '', transport: 'plaintext' as const }
    registry.startOver(
      [
        { host: 'api.example.com', endpoints: [plain] },
        { host: 'vm.meshmart.svc.cluster.local', endpoints: [plain] },
        { host, endpoints: [endpoint('orders-1'), plain] },
      ],
      100,
    )
    expect(registry.hosts).toEqual([host])
    expect(instances(registry, 0)).toEqual(['orders-1'])
  })
})

describe('a lease', () => {
  it.each(['meshmart.orders', 'meshmart.orders.a.b', 'meshmart.Orders.a', 'meshmart..a', 'a.b.-c'])(
    'has no key like %s',
    (text) => {
      expect(parseLeaseKey(text)).toBeNull()
    },
  )

  it('takes its identity from the key, whatever the value claims', () => {
    const read = readLease(
      key('orders-1'),
      lease('orders-1', { identity: 'spiffe://cluster.local/ns/x/sa/y' }),
      'cluster.local',
    )
    expect(read.identity).toBe('spiffe://cluster.local/ns/meshmart/sa/orders')
    expect(read).toMatchObject({ labels: {}, locality: '', weight: 1 })
  })

  it('may name its ports and say since when it is there', () => {
    const more = { portNames: { '80': 'http-api' }, since: 1_800_000_000_000 }
    expect(readLease(key('orders-1'), lease('orders-1', more), 'cluster.local')).toMatchObject(more)
    expect(endpoint('orders-1')).not.toHaveProperty('since')
  })

  it.each([
    ['address', { address: 'evil.example' }],
    ['ports', { ports: {} }],
    ['ports.80', { ports: { '80': 70_000 } }],
    ['transport', { transport: 'plaintext' }],
    ['weight', { weight: 0 }],
    ['instance', { instance: 'orders-2' }],
    ['portNames.80', { portNames: { '80': 'HTTP!' } }],
    ['portNames', { portNames: { http: 'http' } }],
    ['since', { since: -1 }],
  ])('is refused with the name of the wrong field: %s', (field, wrong) => {
    expect(() => readLease(key('orders-1'), lease('orders-1', wrong), 'cluster.local')).toThrow(field)
  })
})

describe('what has not changed is the very same', () => {
  it('another replica is no other service', () => {
    const registry = new Registry()
    registry.renew(key('orders-1'), endpoint('orders-1'))
    const { services } = registry
    registry.renew(key('orders-2'), endpoint('orders-2'))
    registry.end(key('orders-1'))
    expect(registry.services).toBe(services)
    registry.renew(
      key('orders-3'),
      readLease(key('orders-3'), lease('orders-3', { ports: { '81': 1 } }), 'cluster.local'),
    )
    expect(registry.services).not.toBe(services)
  })

  it('endpoints, until a lease, the time of holding or a denial changes', () => {
    const denied = { revision: 0, has: () => denied.revision > 0 }
    const registry = new Registry(denied)
    registry.startOver([{ host, endpoints: [endpoint('orders-1')] }], 100)
    registry.renew(key('orders-2'), endpoint('orders-2'))
    const held = registry.snapshot(host, 50)
    expect(registry.snapshot(host, 60)).toBe(held)
    expect(instances(registry, 100)).toEqual(['orders-2'])
    registry.renew(key('orders-3'), endpoint('orders-3'))
    expect(instances(registry, 100)).toEqual(['orders-2', 'orders-3'])
    denied.revision++
    expect(instances(registry, 100)).toEqual([])
  })
})
