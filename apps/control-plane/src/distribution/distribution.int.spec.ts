import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import type { EndpointsSnapshot, InboundSnapshot, OutboundSnapshot } from '@meshmart/mesh-policy'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startControlPlane } from '../control-plane.ts'
import { connectAsControlPlane, settingsFor, startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { startNats } from '../testing/real-nats.ts'
import { call, connectAs, idOf, joinMesh, type Credentials } from '../testing/workload.ts'
import { INBOX_PREFIX } from './connection.ts'

const host = (service: string): string => `${service}.meshmart.svc.cluster.local`
const lease = (instance: string) =>
  JSON.stringify({
    instance,
    address: '127.0.0.1',
    ports: { '80': 40_001 },
    transport: 'mtls',
    labels: { app: 'orders', version: 'v1' },
    locality: '',
    weight: 1,
  })

describe('distribution with a real NATS', () => {
  let mesh: RealMesh
  let nc: NatsConnection
  let gateway: Credentials
  /** Reads as the control plane: what stands in the bucket, not what one sidecar may see of it. */
  let reader: NatsConnection
  let bucket: KV

  beforeAll(async () => {
    mesh = await startMesh()
    const orders = await joinMesh(mesh, 'meshmart.orders')
    gateway = await joinMesh(mesh, 'meshmart.gateway')
    nc = await connectAs(mesh.nats.url, mesh.directory, orders, 'orders')
    reader = await connectAsControlPlane(mesh)
    bucket = await openBucket(reader)
  })
  afterAll(async () => {
    await nc.close()
    await reader.close()
    await mesh.stop()
  })

  const read = async <T>(key: string): Promise<T | undefined> => {
    const entry = await bucket.get(key)
    return entry?.operation === 'PUT' ? entry.json<T>() : undefined
  }
  const instances = async (service: string): Promise<string[] | undefined> =>
    (await read<EndpointsSnapshot>(`endpoints.${host(service)}`))?.endpoints.map(({ instance }) => instance)
  const discover = async (name: string): Promise<Record<string, unknown>> =>
    (await nc.request('mesh.discover.meshmart', JSON.stringify({ host: name }), { timeout: 3_000 })).json()
  const renew = (instance: string) =>
    jetstream(nc).publish(`$KV.leases.meshmart.orders.${instance}`, lease(instance), { ttl: '5s' })

  it('makes the buckets and the stream as documented', async () => {
    const { streams } = await jetstreamManager(reader)
    expect((await streams.info('KV_mesh')).config).toMatchObject({ storage: 'file', max_msgs_per_subject: 1 })
    expect((await streams.info('KV_leases')).config).toMatchObject({ storage: 'memory', allow_msg_ttl: true })
    expect((await streams.info('EVENTS')).config).toMatchObject({
      subjects: ['events.>'],
      storage: 'file',
      duplicate_window: 120e9,
      max_age: 7 * 86_400e9,
    })
  })

  it('publishes a lease as an endpoint whose identity comes from the subject, and removes it when it expires', async () => {
    await renew('orders-1')
    const renewed = Date.now()
    await vi.waitFor(async () => expect(await instances('orders')).toEqual(['orders-1']), { timeout: 2_000 })
    const snapshot = await read<EndpointsSnapshot>(`endpoints.${host('orders')}`)
    expect(snapshot?.endpoints[0]?.identity).toBe(idOf('meshmart', 'orders'))
    await vi.waitFor(async () => expect(await instances('orders')).toEqual([]), { timeout: 8_000, interval: 50 })
    const seconds = (Date.now() - renewed) / 1_000
    expect(seconds).toBeGreaterThan(4.5)
    expect(seconds).toBeLessThan(7)
  })

  it('writes nothing for a renewal that says nothing new, and removes at once what its owner deletes', async () => {
    await renew('orders-2')
    await vi.waitFor(async () => expect(await instances('orders')).toEqual(['orders-2']))
    const before = (await bucket.get(`endpoints.${host('orders')}`))?.revision
    await renew('orders-2')
    await renew('orders-3')
    await vi.waitFor(async () => expect(await instances('orders')).toEqual(['orders-2', 'orders-3']))
    expect((await bucket.get(`endpoints.${host('orders')}`))?.revision).not.toBe(before)
    const after = (await bucket.get(`endpoints.${host('payments')}`))?.revision
    for (const instance of ['orders-2', 'orders-3']) await endLease(nc, instance)
    await vi.waitFor(async () => expect(await instances('orders')).toEqual([]), { timeout: 2_000 })
    expect((await bucket.get(`endpoints.${host('payments')}`))?.revision).toBe(after)
  })

  it('adds a WorkloadEntry that the label app names to the replicas of that service, and takes it away again', async () => {
    await renew('orders-5')
    await vi.waitFor(async () => expect(await instances('orders')).toEqual(['orders-5']))
    const file = join(mesh.configDirectory, 'legacy.yaml')
    writeFileSync(
      file,
      `apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: legacy, namespace: meshmart, labels: { app: orders } }
spec: { address: 127.0.0.9, serviceAccount: orders }
`,
    )
    await vi.waitFor(async () => expect(await instances('orders')).toHaveLength(2), { timeout: 3_000 })
    const snapshot = await read<EndpointsSnapshot>(`endpoints.${host('orders')}`)
    expect(snapshot?.endpoints.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.9'])
    await renew('orders-5')
    rmSync(file)
    await vi.waitFor(async () => expect(await instances('orders')).toEqual(['orders-5']), { timeout: 3_000 })
    await endLease(nc, 'orders-5')
    await vi.waitFor(async () => expect(await instances('orders')).toEqual([]))
  })

  it('ignores a lease that is not valid and says which field is wrong', async () => {
    await jetstream(nc).publish('$KV.leases.meshmart.orders.orders-9', lease('orders-8'))
    await vi.waitFor(() => expect(mesh.logged.join('')).toContain('instance: is orders-8, the key says orders-9'))
    expect(await instances('orders')).toEqual([])
  })

  it('is a service of its own mesh', async () => {
    const control = 'control-plane.meshmart-system.svc.cluster.local'
    await vi.waitFor(async () => {
      const snapshot = await read<EndpointsSnapshot>(`endpoints.${control}`)
      expect(snapshot?.endpoints[0]).toMatchObject({ ports: { '80': mesh.port }, transport: 'mtls' })
    })
    expect(await discover('control-plane.meshmart-system')).toEqual({ found: true, host: control })
  })

  it('knows a service without endpoints, has its snapshots in the bucket before the answer, and refuses unknown hosts', async () => {
    expect(await discover('payments')).toEqual({ found: true, host: host('payments') })
    expect(await read<OutboundSnapshot>(`outbound.meshmart.${host('payments')}`)).toMatchObject({
      namespace: 'meshmart',
    })
    expect(await instances('payments')).toEqual([])
    expect(await discover('warehouse')).toMatchObject({ found: false, reason: expect.stringContaining('warehouse') })
    expect((await nc.request('mesh.discover.meshmart', '{}')).json()).toMatchObject({ found: false })
  })

  it('publishes policies for every known workload', async () => {
    const snapshot = await read<InboundSnapshot>('inbound.meshmart.orders')
    expect(snapshot?.authorizationPolicies.map(({ source }) => source)).toEqual(['AuthorizationPolicy meshmart/orders'])
    expect((await read<InboundSnapshot>('inbound.default.my-service'))?.peerAuthentication.mode).toBe('STRICT')
  })

  it('brings a change on disk to the bucket, and keeps what was last good when a file is broken', async () => {
    const key = `outbound.meshmart.${host('orders')}`
    const timeout = async () => (await read<OutboundSnapshot>(key))?.routes[0]?.timeoutMs
    expect(await discover('orders')).toMatchObject({ found: true })
    expect(await timeout()).toBe(3_000)
    const file = join(mesh.configDirectory, 'orders.yaml')
    writeFileSync(file, virtualService('timeout: 7s'))
    await vi.waitFor(async () => expect(await timeout()).toBe(7_000), { timeout: 3_000 })

    writeFileSync(file, virtualService('timeout: 8s\n      fooo: 1'))
    await vi.waitFor(() =>
      expect(mesh.logged.join('')).toMatch(/orders\.yaml:\d+:\d+: VirtualService meshmart\/orders/),
    )
    expect(await timeout()).toBe(7_000)
    expect((await call(mesh, 'GET', '/healthz/ready')).status).toBe(200)

    writeFileSync(file, virtualService('timeout: 9s'))
    await vi.waitFor(async () => expect(await timeout()).toBe(9_000), { timeout: 3_000 })
    rmSync(file)
    await vi.waitFor(async () => expect(await timeout()).toBe(0), { timeout: 3_000 })
    mkdirSync(join(mesh.configDirectory, 'new/folder'), { recursive: true })
    writeFileSync(join(mesh.configDirectory, 'new/folder/orders.yml'), virtualService('timeout: 4s'))
    await vi.waitFor(async () => expect(await timeout()).toBe(4_000), { timeout: 3_000 })
  })

  it('publishes the hosts of a ServiceEntry before it says they are known, and takes them away with it', async () => {
    const file = join(mesh.configDirectory, 'api.yaml')
    expect(await discover('api.example.com')).toMatchObject({ found: false })
    writeFileSync(file, serviceEntry)
    const key = 'endpoints.api.example.com'
    await vi.waitFor(async () => expect(await read<EndpointsSnapshot>(key)).toBeDefined(), { timeout: 3_000 })
    expect((await read<EndpointsSnapshot>(key))?.endpoints).toMatchObject([
      { instance: 'api-0', address: '10.0.0.1', ports: { '80': 8_080 }, transport: 'plaintext', identity: '' },
    ])
    expect(await discover('api.example.com:80')).toEqual({ found: true, host: 'api.example.com' })
    const outbound = await read<OutboundSnapshot>('outbound.meshmart.api.example.com')
    expect(outbound?.clusters).toMatchObject({ 'outbound|80||api.example.com': { tls: 'DISABLE' } })

    expect(await discover('b.wild.example.com')).toEqual({ found: true, host: 'b.wild.example.com' })
    expect(await read<EndpointsSnapshot>('endpoints.b.wild.example.com')).toEqual({
      host: 'b.wild.example.com',
      endpoints: [],
    })
    rmSync(file)
    // One change, but one write after the other.
    const gone = [key, 'outbound.meshmart.api.example.com', 'endpoints.b.wild.example.com']
    for (const each of gone) await vi.waitFor(async () => expect(await read(each)).toBeUndefined(), { timeout: 3_000 })
  })

  it('compiles anew when the replicas of a service have other ports', async () => {
    const key = `outbound.meshmart.${host('orders')}`
    await discover('orders')
    expect((await read<OutboundSnapshot>(key))?.tcp).toBeUndefined()
    const ports = { ports: { '80': 40_001, '5432': 40_002 }, portNames: { '5432': 'tcp-db' } }
    const value = JSON.stringify({ ...JSON.parse(lease('orders-7')), ...ports })
    await jetstream(nc).publish('$KV.leases.meshmart.orders.orders-7', value, { ttl: '5s' })
    await vi.waitFor(
      async () => expect((await read<OutboundSnapshot>(key))?.tcp).toMatchObject({ '5432': { protocol: 'TCP' } }),
      { timeout: 3_000 },
    )
    const snapshot = await read<OutboundSnapshot>(key)
    expect(Object.keys(snapshot?.clusters ?? {})).toContain(`outbound|5432||${host('orders')}`)
    await endLease(nc, 'orders-7')
    await renew('orders-1')
    await vi.waitFor(async () => expect((await read<OutboundSnapshot>(key))?.tcp).toBeUndefined(), { timeout: 3_000 })
    await endLease(nc, 'orders-1')
    // Whoever has left is forgotten together with what it acknowledged: the next test begins after that.
    await vi.waitFor(async () => expect(await instances('orders')).toEqual([]), { timeout: 3_000 })
  })

  it('tells who runs which snapshot', async () => {
    const key = `endpoints.${host('orders')}`
    const revision = (await bucket.get(key))?.revision
    nc.publish('mesh.ack.meshmart.orders.orders-1', JSON.stringify({ key, revision, accepted: true }))
    await vi.waitFor(async () => {
      const { body } = await call(mesh, 'GET', '/v1/proxies', { as: gateway })
      expect(body['proxies']).toMatchObject([{ instance: 'orders-1', snapshots: [{ key, status: 'SYNCED' }] }])
    })
    expect((await call(mesh, 'GET', '/v1/proxies')).status).toBe(403)
  })

  it('keeps traces that a workload sends, and shows them to the gateway alone', async () => {
    const orders = await joinMesh(mesh, 'meshmart.orders')
    const traceId = 'a'.repeat(32)
    const span = { traceId, spanId: 'b'.repeat(16), name: 'GET', kind: 2, startTimeUnixNano: '1', endTimeUnixNano: '2' }
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
    expect((await call(mesh, 'POST', '/v1/traces', { body })).status).toBe(403)
    expect(await call(mesh, 'POST', '/v1/traces', { body, as: orders })).toEqual({ status: 200, body: {} })
    expect((await call(mesh, 'GET', `/v1/traces/${traceId}`, { as: orders })).status).toBe(403)
    const { body: trace } = await call(mesh, 'GET', `/v1/traces/${traceId}`, { as: gateway })
    expect(trace).toMatchObject({ traceId, spans: [{ name: 'GET', kind: 'server' }] })
    expect((await call(mesh, 'GET', '/v1/traces/none', { as: gateway })).status).toBe(404)
  })
})

describe('after a restart', () => {
  it.each([
    ['the control plane and NATS', true],
    ['NATS alone', false],
  ])(
    'of %s takes no endpoint away before its replica had time to renew, then forgets those that are gone',
    async (_what, both) => {
      const mesh = await startMesh()
      const orders = await joinMesh(mesh, 'meshmart.orders')
      const nc = await connectAs(mesh.nats.url, mesh.directory, orders, 'orders')
      const publish = (instance: string) =>
        jetstream(nc).publish(`$KV.leases.meshmart.orders.${instance}`, lease(instance), { ttl: '5s', timeout: 500 })
      const instances = async () => {
        const entry = await (await openBucket(reader)).get(`endpoints.${host('orders')}`)
        return entry?.json<EndpointsSnapshot>().endpoints.map(({ instance }) => instance)
      }
      let reader = await connectAsControlPlane(mesh)
      await publish('orders-1')
      await publish('orders-2')
      await vi.waitFor(async () => expect(await instances()).toEqual(['orders-1', 'orders-2']))
      await reader.close()

      if (both) await mesh.controlPlane.stop()
      await mesh.nats.stop()
      const nats = await startNats(mesh.directory, Number(new URL(mesh.nats.url.replace('tls', 'http')).port))
      const restarted = Date.now()
      const again = both
        ? await startControlPlane(
            settingsFor(mesh.directory, mesh.configDirectory, nats.url),
            pino({ level: 'silent' }),
          )
        : mesh.controlPlane
      reader = await connectAsControlPlane(mesh)
      await vi.waitFor(() => publish('orders-1'), { timeout: 5_000 })
      const renewing = setInterval(() => void publish('orders-1'), 1_500)
      await vi.waitFor(async () => expect(await instances()).toEqual(['orders-1']), { timeout: 10_000 })
      expect(Date.now() - restarted).toBeGreaterThan(4_500)

      clearInterval(renewing)
      await nc.close()
      await reader.close()
      const stopping = Date.now()
      await again.stop()
      expect(Date.now() - stopping).toBeLessThan(2_000)
      await nats.stop()
      rmSync(mesh.directory, { recursive: true, force: true })
    },
  )
})

const virtualService = (rest: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: orders
  namespace: meshmart
spec:
  hosts: [orders]
  http:
    - route:
        - destination:
            host: orders
      ${rest}
`

const serviceEntry = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: meshmart}
spec:
  hosts: [api.example.com]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 10.0.0.1, ports: {http: 8080}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: wild, namespace: meshmart}
spec:
  hosts: ['*.wild.example.com']
  ports: [{number: 443, name: tls, protocol: TLS}]
`

async function endLease(nc: NatsConnection, instance: string): Promise<void> {
  const deletion = headers()
  deletion.set('KV-Operation', 'DEL')
  await jetstream(nc).publish(`$KV.leases.meshmart.orders.${instance}`, '', { headers: deletion })
}

const openBucket = (nc: NatsConnection): Promise<KV> =>
  new Kvm(jetstream(nc, { watcherPrefix: INBOX_PREFIX })).open('mesh')
