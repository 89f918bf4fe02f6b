/** Dead letters over HTTPS, of a real NATS: written with a service's own permissions, replayed and discarded by an operator. */
import { DEAD_LETTER_HEADERS as HEADERS, type DeadLetterList } from '@meshmart/contracts'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMesh, type RealMesh } from '../testing/real-mesh.ts'
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
    expect(await change('discard', second)).toMatchObject({ body: { done: [second], missing: [] } })
    expect(await list()).toEqual({ letters: [], total: 0 })
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
