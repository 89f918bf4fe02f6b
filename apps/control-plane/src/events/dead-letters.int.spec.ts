/** Dead letters over HTTPS, of a real NATS: written with a service's own permissions, replayed and discarded by an operator, or by the back office. */
import {
  DEAD_LETTER_HEADERS as HEADERS,
  DISCARDED_STREAM,
  type DeadLetterList,
  type DiscardedList,
} from '@meshmart/contracts'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectAsControlPlane, startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { call, connectAs, joinMesh } from '../testing/workload.ts'

describe('dead letters', () => {
  let mesh: RealMesh
  const connections: NatsConnection[] = []
  beforeAll(async () => {
    mesh = await startMesh()
    for (const account of ['gateway', 'orders']) {
      const identity = await joinMesh(mesh, `meshmart.${account}`)
      connections.push(await connectAs(mesh.nats.url, mesh.directory, identity, account))
    }
  })
  afterAll(async () => {
    for (const connection of connections) await connection.close()
    await mesh.stop()
  })

  const bury = async (index: number, account: string, event: string): Promise<number> => {
    const head = headers()
    head.set(HEADERS.subject, 'events.order.confirmed')
    head.set(HEADERS.sequence, '7')
    head.set(HEADERS.deliveries, '8')
    head.set(HEADERS.reason, 'it failed 8 times')
    head.set(HEADERS.error, 'Error: no cart')
    const { seq } = await jetstream(connections[index]!).publish(`dead.${account}.order.confirmed`, event, {
      headers: head,
    })
    return seq
  }
  const list = async (query = '') => (await mesh.operator('GET', `/v1/dead-letters${query}`)).body
  const discarded = async (query = '') => (await mesh.operator('GET', `/v1/dead-letters/discarded${query}`)).body
  const change = (act: 'replay' | 'discard', ...sequences: number[]) =>
    mesh.operator('POST', `/v1/dead-letters/${act}`, { sequences })

  it('tells what lies there, replays one to its own subject, discards another', async () => {
    expect(await list()).toEqual({ letters: [], total: 0 })
    const first = await bury(0, 'gateway', '{"id":"a"}')
    const second = await bury(1, 'orders', 'no json')
    expect(await list()).toMatchObject({
      total: 2,
      letters: [
        {
          sequence: first,
          service: 'gateway',
          subject: 'events.order.confirmed',
          eventSequence: 7,
          deliveries: 8,
          reason: 'it failed 8 times',
          error: 'Error: no cart',
          event: { id: 'a' },
        },
        { sequence: second, service: 'orders', event: 'no json' },
      ],
    })
    expect(await list('?service=orders')).toMatchObject({ total: 1, letters: [{ sequence: second }] })
    expect(await list('?limit=1')).toMatchObject({ total: 2, letters: [{ sequence: first }] })

    expect(await change('replay', first, 999)).toMatchObject({ status: 200, body: { done: [first], missing: [999] } })
    const manager = await jetstreamManager(connections[1]!, { checkAPI: false })
    await manager.consumers.add('EVENTS', { durable_name: 'orders', ack_policy: 'explicit' })
    const replayed = await (await jetstream(connections[1]!).consumers.get('EVENTS', 'orders')).next({ expires: 5_000 })
    expect(replayed?.subject).toBe('events.order.confirmed')
    expect(replayed?.json()).toEqual({ id: 'a' })
    expect(await discarded()).toEqual({ discarded: [], total: 0 })
    const { letters } = (await list()) as unknown as DeadLetterList
    expect(await change('discard', second)).toMatchObject({ body: { done: [second], missing: [] } })
    expect(await list()).toEqual({ letters: [], total: 0 })
    const by = 'spiffe://cluster.local/ns/meshmart-system/sa/operator'
    const record = { sequence: 1, letter: letters[0], by, at: expect.any(String) }
    expect(await discarded()).toEqual({ discarded: [record], total: 1 })
  })

  it('keeps a record of what was discarded that nobody takes away, page by page', async () => {
    const [one, two] = [await bury(0, 'gateway', '{"id":"c"}'), await bury(1, 'orders', '{"id":"d"}')]
    const { total } = await discarded()
    await change('discard', one, two)
    const [first, second] = [Number(total) + 1, Number(total) + 2]
    const page = { discarded: [{ sequence: first, letter: { sequence: one, event: { id: 'c' } } }], total: second }
    expect(await discarded(`?after=${total}&limit=1`)).toMatchObject(page)
    expect(await discarded(`?after=${first}`)).toMatchObject({ discarded: [{ sequence: second }], total: second })
    expect(await discarded(`?after=${second}`)).toEqual({ discarded: [], total: second })
    expect(await discarded(`?service=orders&after=${total}`)).toMatchObject({ discarded: [{ sequence: second }] })

    const nc = await connectAsControlPlane(mesh)
    connections.push(nc)
    const { streams } = await jetstreamManager(nc)
    await expect(streams.deleteMessage(DISCARDED_STREAM, first)).rejects.toThrow()
    await expect(streams.purge(DISCARDED_STREAM)).rejects.toThrow()
    const [discardedFor, deadFor] = await Promise.all(
      [DISCARDED_STREAM, 'DEAD_LETTERS'].map(async (name) => (await streams.info(name)).config.max_age),
    )
    expect(discardedFor).toBeGreaterThanOrEqual(deadFor!)
    expect(await discarded(`?after=${total}`)).toMatchObject({ discarded: [{}, {}] })
  })

  it('does not discard what it cannot write down', async () => {
    const nc = await connectAsControlPlane(mesh)
    connections.push(nc)
    const { streams } = await jetstreamManager(nc)
    const sequence = await bury(0, 'gateway', '{"id":"e"}')
    const { config } = await streams.info(DISCARDED_STREAM)
    await streams.delete(DISCARDED_STREAM)
    try {
      expect((await change('discard', sequence)).status).toBeGreaterThanOrEqual(500)
      expect(await list()).toMatchObject({ letters: [{ sequence }] })
    } finally {
      await streams.add(config)
    }
    expect(await change('discard', sequence)).toMatchObject({ status: 200, body: { done: [sequence] } })
    expect(await discarded()).toMatchObject({ discarded: [{ letter: { sequence, event: { id: 'e' } } }], total: 1 })
  })

  it('lets the gateway alone of all workloads at them, and writes down for which admin', async () => {
    const staff = 'account:00000000-0000-4000-8000-000000000001'
    const as = async (account: string, method: string, path: string, body?: object) =>
      call(mesh, method, `/v1/dead-letters${path}`, {
        as: await joinMesh(mesh, `meshmart.${account}`),
        headers: { 'x-staff-id': staff },
        ...(body !== undefined && { body }),
      })
    const sequence = await bury(0, 'gateway', '{"id":"b"}')
    expect(await as('gateway', 'GET', '')).toMatchObject({ status: 200, body: { letters: [{ sequence }] } })
    for (const account of ['gateway', 'orders']) expect((await as(account, 'GET', '/discarded')).status).toBe(403)
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
      ['POST', '/discard'],
    ] as const) {
      const body = method === 'GET' ? undefined : { sequences: [sequence] }
      expect((await as('orders', method, path, body)).status, `${method} ${path}`).toBe(403)
      expect((await call(mesh, method, `/v1/dead-letters${path}`, { body })).status).toBe(403)
    }
    expect(await as('gateway', 'POST', '/discard', { sequences: [sequence] })).toMatchObject({
      status: 200,
      body: { done: [sequence] },
    })
    expect(
      mesh.logged.find((line) => line.includes('dead letter discarded') && line.includes(`"sequence":${sequence}`)),
    ).toContain(`sa/gateway for ${staff}`)
    const records = (await discarded()) as unknown as DiscardedList
    expect(records.discarded.at(-1)).toMatchObject({
      letter: { sequence, service: 'gateway', event: { id: 'b' } },
      by: `spiffe://cluster.local/ns/meshmart/sa/gateway for ${staff}`,
    })
  })

  it('tells one by its sequence, however many lie before it; of one that is not there it says so', async () => {
    const sequences: number[] = []
    for (let each = 0; each < 1_001; each++) sequences.push(await bury(0, 'gateway', `{"id":"${each}"}`))
    const last = sequences.at(-1)!
    const { letters } = (await list('?limit=1000')) as unknown as DeadLetterList
    expect(letters.map(({ sequence }) => sequence)).not.toContain(last)
    expect(await mesh.operator('GET', `/v1/dead-letters/${last}`)).toMatchObject({
      status: 200,
      body: { sequence: last, service: 'gateway', reason: 'it failed 8 times', event: { id: '1000' } },
    })
    expect(await mesh.operator('GET', `/v1/dead-letters/${last + 1}`)).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: `No dead letter has the sequence ${last + 1}.` },
    })
    const { status } = await call(mesh, 'GET', `/v1/dead-letters/${last}`)
    expect(status).toBe(403)
  })

  it.each([
    ['no sequence', { sequences: [] }],
    ['a sequence that is none', { sequences: ['1'] }],
    ['another field', { sequences: [1], all: true }],
  ])('refuses %s', async (_what, body) => {
    expect((await mesh.operator('POST', '/v1/dead-letters/replay', body)).status).toBe(400)
  })
})
