/** Snapshots that hold expressions, through a real NATS. Nothing else in this file loads the engine of regular expressions. */
import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { prepareRoutes, type OutboundSnapshot } from '@meshmart/mesh-policy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { makeNatsServer, type TestNatsServer } from '../testing/nats-server.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { outboundTo } from '../testing/snapshots.ts'
import { NatsSnapshots } from './nats-snapshots.ts'

/** The server's certificate has no host name. */
const anyHost = { checkServerIdentity: (): undefined => undefined }

let server: TestNatsServer
let connection: NatsConnection

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  const authority = await makeAuthority()
  server = await makeNatsServer(binary, authority)
  await server.start()
  const own = await authority.issue('spiffe://cluster.local/ns/meshmart-system/sa/control-plane')
  connection = await connect({
    servers: `127.0.0.1:${server.port}`,
    tls: { key: own.key, cert: own.chain, ca: authority.root, ...anyHost },
    inboxPrefix: '_INBOX_orders',
  })
})
afterAll(async () => {
  await connection.close()
  await server.remove()
})

test('values are applied in their order, also where one has to wait for the engine', async () => {
  const key = 'outbound.meshmart.orders'
  // Every value is kept, so that none is overtaken on its way here.
  const bucket = await new Kvm(jetstream(connection)).create('mesh', { history: 8 })
  const log = new RecordedLog()
  const workload = { namespace: 'meshmart', workload: 'orders', instance: 'orders-1' }
  const acknowledged: unknown[] = []
  connection.subscribe('mesh.ack.>', { callback: (_error, message) => void acknowledged.push(message.json()) })
  const snapshots = await NatsSnapshots.open(connection, workload, log)
  const applied: string[] = []
  snapshots.watch<OutboundSnapshot>(key, (snapshot) => {
    prepareRoutes(snapshot?.routes ?? [], { namespace: 'meshmart', labels: {}, locality: '' })
    applied.push(snapshot?.host ?? 'deleted')
  })
  await bucket.put(key, JSON.stringify(outboundTo('plain', 'meshmart')))
  await eventually(() => expect(applied).toEqual(['plain']))

  const match = [{ uri: { kind: 'regex' as const, value: '/v1/[^/]+' } }]
  await Promise.all([
    bucket.put(key, JSON.stringify(outboundTo('expression', 'meshmart', { route: { match } }))),
    bucket.put(key, JSON.stringify(outboundTo('plain again', 'meshmart'))),
    bucket.delete(key),
  ])
  await eventually(() => expect(acknowledged).toHaveLength(3))
  await eventually(() => expect(applied).toEqual(['plain', 'expression', 'plain again', 'deleted']))
  expect(acknowledged).toEqual([1, 2, 3].map((revision) => ({ key, revision, accepted: true })))
  snapshots.stop()
})
