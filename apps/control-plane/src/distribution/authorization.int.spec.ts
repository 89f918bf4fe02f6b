/** infra/nats/authorization.conf against a real server: what a workload needs works, and what is not its own is refused. */
import { readFileSync } from 'node:fs'
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { connectAs, joinMesh } from '../testing/workload.ts'

describe('NATS permissions', () => {
  let mesh: RealMesh
  const connections: Record<string, NatsConnection> = {}
  const as = (workload: string): NatsConnection => connections[workload]!

  beforeAll(async () => {
    mesh = await startMesh()
    for (const workload of [
      'meshmart.gateway',
      'meshmart.orders',
      'meshmart.payments',
      'meshmart.inventory',
      'default.my-service',
    ]) {
      const [, account = ''] = workload.split('.')
      connections[account] = await connectAs(mesh.nats.url, mesh.directory, await joinMesh(mesh, workload), account)
    }
  })
  afterAll(async () => {
    for (const nc of Object.values(connections)) await nc.close()
    await mesh.stop()
  })

  const services = ['gateway', 'orders', 'payments', 'inventory']
  const everybody = [...services, 'my-service']
  const namespaceOf = (account: string): string => (account === 'my-service' ? 'default' : 'meshmart')

  /** Publishing has no answer of its own: a refusal comes as a status of the connection. */
  const refusal = async (account: string, act: (nc: NatsConnection) => void): Promise<string> => {
    const nc = as(account)
    const statuses = nc.status()
    act(nc)
    await nc.flush()
    for await (const status of statuses) if (status.type === 'error') return status.error.message
    return 'allowed'
  }

  it.each(everybody)('%s watches snapshots, one key and several, and gets updates', async (account) => {
    const nc = as(account)
    const bucket = await new Kvm(jetstream(nc, { watcherPrefix: `_INBOX_${account}` })).open('mesh')
    for (const key of ['endpoints.orders.meshmart.svc.cluster.local', 'inbound.>']) {
      const watch = await bucket.watch({ key })
      for await (const entry of watch) {
        expect(entry.operation).toBe('PUT')
        break
      }
    }
  })

  it.each(everybody)('%s writes and deletes its own lease, asks for hosts, and acknowledges', async (account) => {
    const nc = as(account)
    const namespace = namespaceOf(account)
    const js = jetstream(nc)
    await js.publish(`$KV.leases.${namespace}.${account}.${account}-1`, 'x', { ttl: '5s' })
    const bucket = await new Kvm(js).open('leases')
    await bucket.delete(`${namespace}.${account}.${account}-1`)
    const answer = await nc.request(`mesh.discover.${namespace}`, JSON.stringify({ host: 'orders.meshmart' }))
    expect(answer.json()).toMatchObject({ found: true })
    nc.publish(`mesh.ack.${namespace}.${account}.${account}-1`, '{}')
    await vi.waitFor(() => expect(mesh.logged.join('')).toContain(`mesh.ack.${namespace}.${account}.${account}-1`))
  })

  it('the owner publishes its events, and each service reads them through its durable consumer', async () => {
    await jetstream(as('orders')).publish('events.order.confirmed', '{"n":1}', { msgID: 'one' })
    await jetstream(as('inventory')).publish('events.stock.changed', '{"n":2}', { msgID: 'two' })
    for (const account of services) {
      const nc = as(account)
      const consumers = (await jetstreamManager(nc, { checkAPI: false })).consumers
      const config = { durable_name: account, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All }
      await consumers.add(
        'EVENTS',
        account === 'gateway' ? config : { ...config, filter_subjects: ['events.order.*', 'events.stock.*'] },
      )
      const consumer = await jetstream(nc).consumers.get('EVENTS', account)
      const messages = await consumer.consume({ max_messages: 10 })
      const seen: string[] = []
      for await (const message of messages) {
        seen.push(message.subject)
        expect(await message.ackAck()).toBe(true)
        if (seen.length === 2) break
      }
      expect(seen).toEqual(['events.order.confirmed', 'events.stock.changed'])
      expect((await consumers.info('EVENTS', account)).num_ack_pending).toBe(0)
    }
  })

  it('a service keeps what it gives up', async () => {
    for (const account of services) {
      const kept = await jetstream(as(account)).publish(`dead.${account}.order.confirmed`, '{}')
      expect(kept.stream).toBe('DEAD_LETTERS')
    }
  })

  it.each([
    ["another's dead letter", 'orders', 'dead.payments.order.confirmed'],
    ['a dead letter', 'my-service', 'dead.my-service.order.confirmed'],
    ['the deletion of a dead letter', 'orders', '$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS'],
    ['a record of a discarded one', 'orders', 'discarded.orders.order.confirmed'],
    ['a record of a discarded one', 'gateway', 'discarded.gateway.order.confirmed'],
    ['the deletion of such a record', 'orders', '$JS.API.STREAM.MSG.DELETE.DISCARDED'],
    ["another's lease", 'orders', '$KV.leases.meshmart.payments.payments-1'],
    ['a lease in another namespace', 'orders', '$KV.leases.default.orders.orders-1'],
    ['a snapshot', 'orders', '$KV.mesh.endpoints.payments.meshmart.svc.cluster.local'],
    ["another's events", 'orders', 'events.stock.changed'],
    ["another's events", 'gateway', 'events.product.changed'],
    ['events of others', 'payments', 'events.order.confirmed'],
    ['any event', 'gateway', 'events.order.confirmed'],
    ['any event', 'my-service', 'events.order.confirmed'],
    ['an acknowledgement for another', 'orders', 'mesh.ack.meshmart.payments.payments-1'],
    ['a question of another namespace', 'my-service', 'mesh.discover.meshmart'],
    ["into another's inbox", 'orders', '_INBOX_payments.x'],
    ["another's consumer", 'orders', '$JS.API.CONSUMER.MSG.NEXT.EVENTS.payments'],
    ["another's consumer", 'orders', '$JS.API.CONSUMER.CREATE.EVENTS.payments'],
    ["another's consumer", 'my-service', '$JS.API.CONSUMER.CREATE.EVENTS.my-service'],
    ['the deletion of a consumer', 'orders', '$JS.API.CONSUMER.DELETE.EVENTS.orders'],
    ["an acknowledgement of another's message", 'orders', '$JS.ACK.EVENTS.payments.1.1.1.1.0'],
    ['a new stream', 'orders', '$JS.API.STREAM.CREATE.MINE'],
    ['the deletion of a stream', 'orders', '$JS.API.STREAM.DELETE.EVENTS'],
    ['a purge', 'orders', '$JS.API.STREAM.PURGE.KV_mesh'],
    ['a direct read of leases', 'orders', '$JS.API.DIRECT.GET.KV_leases'],
    ['a watch of leases', 'orders', '$JS.API.CONSUMER.CREATE.KV_leases.x.$KV.leases.>'],
  ])('refuses to publish %s (%s, %s)', async (_what, account, subject) => {
    expect(await refusal(account, (nc) => nc.publish(subject, '{}'))).toContain(
      `Permissions Violation for Publish to "${subject}"`,
    )
  })

  it.each(['_INBOX_payments.>', '_INBOX.>', '>', 'events.>', '$KV.>', 'mesh.discover.*', 'mesh.ack.>'])(
    'refuses to subscribe to %s',
    async (subject) => {
      const denied = new Promise<string>((resolve) => {
        as('orders').subscribe(subject, { callback: (error) => resolve(error?.message ?? 'allowed') })
      })
      expect(await denied).toContain('Permissions Violation for Subscription')
    },
  )

  it('lets nobody in without a certificate', async () => {
    const ca = readFileSync(`${mesh.directory}/public/root.pem`, 'utf8')
    await expect(connect({ servers: mesh.nats.url, tls: { ca }, reconnect: false })).rejects.toThrow()
  })
})
