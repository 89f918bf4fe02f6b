/** The stream of events over HTTPS, of a real NATS: page by page, with its readers' places. */
import { EventLogPage } from '@meshmart/contracts'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { connectAs, joinMesh } from '../testing/workload.ts'

describe('the stream of events', () => {
  let mesh: RealMesh
  let orders: NatsConnection
  beforeAll(async () => {
    mesh = await startMesh()
    orders = await connectAs(mesh.nats.url, mesh.directory, await joinMesh(mesh, 'meshmart.orders'), 'orders')
  })
  afterAll(async () => {
    await orders.close()
    await mesh.stop()
  })

  const page = async (query = '') => EventLogPage.parse((await mesh.operator('GET', `/v1/events${query}`)).body)
  const ids = async (query = '') => (await page(query)).events.map(({ id }) => id)

  it('is told whole, page by page, and so is who has not read it all', async () => {
    expect(await page()).toEqual({ firstSequence: 0, lastSequence: 0, readers: [], events: [], after: null })
    const manager = await jetstreamManager(orders, { checkAPI: false })
    await manager.consumers.add('EVENTS', { durable_name: 'orders', ack_policy: 'explicit' })
    for (const id of ['a', 'b', 'c']) await jetstream(orders).publish('events.order.confirmed', JSON.stringify({ id }))
    await jetstream(orders).publish('events.order.cancelled', 'no json')
    expect(await page('?limit=2')).toMatchObject({
      firstSequence: 1,
      lastSequence: 4,
      readers: [{ name: 'orders', pending: 4, unacknowledged: 0 }],
      events: [
        { sequence: 1, subject: 'events.order.confirmed', id: 'a' },
        { sequence: 2, id: 'b' },
      ],
      after: 2,
    })
    expect(await ids('?after=2&limit=2')).toEqual(['c', null])
    expect((await page('?after=2')).after).toBeNull()
    expect(await ids('?after=4')).toEqual([])
    const message = await (await jetstream(orders).consumers.get('EVENTS', 'orders')).next({ expires: 5_000 })
    expect((await page('?after=4')).readers).toEqual([{ name: 'orders', pending: 3, unacknowledged: 1 }])
    message!.ack()
  })

  it.each(['?after=-1', '?limit=x', '?limit=5001'])('refuses %s', async (query) => {
    expect((await mesh.operator('GET', `/v1/events${query}`)).status).toBe(400)
  })
})
