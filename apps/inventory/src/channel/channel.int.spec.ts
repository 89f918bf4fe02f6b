import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import {
  ChannelConflictList,
  ChannelFeedOutcome,
  ChannelPublication,
  ChannelPublicationPage,
} from '@meshmart/contracts'
import { createTestApplication, startTestNats } from '@meshmart/service-kit/testing'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { InventoryModule } from '../inventory.module.ts'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

let inventory: Inventory
let app: NestFastifyApplication
let nats: Awaited<ReturnType<typeof startTestNats>>
beforeAll(async () => {
  inventory = await openInventory([testProduct('CHAN-A', 9), testProduct('CHAN-B', 9), testProduct('CHAN-C', 3)])
  nats = await startTestNats()
  app = await createTestApplication({
    module: InventoryModule,
    settings: {
      MESH_WORKLOAD: 'inventory',
      DATABASE_URL: inventory.urls.url,
      DATABASE_POOL_SIZE: 10,
      STOCK_WARNING_RECIPIENT: 'stock@shop.example',
    },
    clock: inventory.clock,
    nats: nats.connection,
  })
})
afterAll(async () => {
  await app?.close()
  await nats?.stop()
  await inventory?.close()
})

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 22, 11, minute)).toISOString()
const sold = (id: string, sku: string, quantity: number, minute: number) => ({
  id,
  sku,
  kind: 'sold',
  quantity,
  movedAt: at(minute),
})
const postJson = (channel: string, version: number, until: number, movements: object[]) =>
  app.inject({
    method: 'POST',
    url: `/v1/channels/${channel}/feeds`,
    payload: { version, until: at(until), movements },
  })
const postCsv = (channel: string, version: number, until: number, body: string | Buffer) =>
  app.inject({
    method: 'POST',
    url: `/v1/channels/${channel}/feeds?version=${version}&until=${at(until)}`,
    headers: { 'content-type': 'text/csv' },
    payload: body,
  })
const csv = (...rows: string[]) => `id,sku,kind,quantity,movedAt\n${rows.map((row) => `${row}\n`).join('')}`
const errorsOf = (answer: { json(): { errors?: { field: string; code: string }[] } }) =>
  (answer.json().errors ?? []).map(({ field, code }) => `${field} ${code}`)

it('books a CSV feed once, and answers the same feed the same', async () => {
  const body = csv(`m-1,CHAN-A,sold,2,${at(1)}`, `m-2,CHAN-A,returned,1,${at(2)}`)
  const answers = await Promise.all(Array.from({ length: 5 }, () => postCsv('bazaar', 1, 5, body)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(5).fill(200))
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1)
  expect(ChannelFeedOutcome.parse(answers[0]!.json())).toEqual({ version: 1, booked: 2, repeated: 0, conflicts: [] })
  expect(await inventory.placesOf('CHAN-A')).toEqual({ central: '5/0', harbour: '3/0', transit: '0/0' })
  const other = await postCsv('bazaar', 1, 5, csv(`m-9,CHAN-A,sold,1,${at(1)}`))
  expect([other.statusCode, other.json().code]).toEqual([422, 'idempotency-key-reused'])
})

it('shows whose word counts where two words differ', async () => {
  const answer = await postJson('bazaar', 2, 10, [sold('m-1', 'CHAN-A', 4, 3), sold('m-3', 'CHAN-A', 1, 4)])
  expect(answer.json()).toMatchObject({
    booked: 1,
    conflicts: [{ movementId: 'm-1', reason: 'restated', kept: 'theirs', ours: -2, theirs: -4 }],
  })
  const older = await postJson('bazaar', 3, 10, [sold('m-1', 'CHAN-A', 1, 2)])
  expect(older.json()).toMatchObject({
    booked: 0,
    conflicts: [{ movementId: 'm-1', kept: 'ours', ours: -4, theirs: -1 }],
  })
  expect(await inventory.stockOf('CHAN-A')).toMatchObject({ onHand: 5 })
  const listed = await app.inject({ method: 'GET', url: '/v1/channels/bazaar/conflicts' })
  expect(
    ChannelConflictList.parse(listed.json()).items.map(({ feedVersion, kept }) => `${feedVersion} ${kept}`),
  ).toEqual(['3 ours', '2 theirs'])
})

it('never takes what a customer holds, says so, and books it when it is told again', async () => {
  const { reservation } = await inventory.stock.reserve({
    orderId: randomUUID(),
    lines: [{ sku: 'CHAN-C', quantity: 3 }],
  })
  const short = await postJson('bazaar', 4, 10, [sold('m-4', 'CHAN-C', 2, 6)])
  expect(short.json()).toMatchObject({
    booked: 0,
    conflicts: [{ movementId: 'm-4', reason: 'short', kept: 'ours', ours: null }],
  })
  expect(await inventory.stockOf('CHAN-C')).toEqual({ onHand: 3, held: 3 })
  await inventory.settlement.settle(reservation.id, 'release')
  expect((await postJson('bazaar', 5, 10, [sold('m-4', 'CHAN-C', 2, 6)])).json()).toMatchObject({
    booked: 1,
    conflicts: [],
  })
  expect(await inventory.stockOf('CHAN-C')).toEqual({ onHand: 1, held: 0 })
})

it.each([
  [
    'an unknown product',
    () => postCsv('bazaar', 6, 12, csv(`g,CHAN-B,sold,1,${at(1)}`, `b,NO-SUCH,sold,1,${at(1)}`)),
    'feed-refused',
    ['lines.3.sku unknown-sku'],
  ],
  [
    'a negative number',
    () => postCsv('bazaar', 6, 12, csv(`g,CHAN-B,sold,1,${at(1)}`, `b,CHAN-B,sold,-1,${at(1)}`)),
    'feed-refused',
    ['lines.3.quantity too-small'],
  ],
  [
    'half a line',
    () => postCsv('bazaar', 6, 12, `${csv(`g,CHAN-B,sold,1,${at(1)}`)}b,CHAN-B,so`),
    'feed-refused',
    ['lines.3 half-line'],
  ],
  [
    'another encoding',
    () =>
      postCsv(
        'bazaar',
        6,
        12,
        Buffer.concat([Buffer.from(csv(`g,CHAN-B,sold,1,${at(1)}`)), Buffer.from([0xe4, 0x0a])]),
      ),
    'feed-refused',
    ['lines.3 encoding'],
  ],
  [
    'the same movement twice',
    () => postCsv('bazaar', 6, 12, csv(`g,CHAN-B,sold,1,${at(1)}`, `g,CHAN-B,sold,2,${at(1)}`)),
    'feed-refused',
    ['lines.3.id repeated'],
  ],
  [
    'a movement of another product',
    () => postJson('bazaar', 6, 12, [sold('m-1', 'CHAN-B', 1, 7)]),
    'feed-refused',
    ['movements.0.sku taken'],
  ],
  [
    'a movement after its own end',
    () => postJson('bazaar', 6, 12, [sold('g', 'CHAN-B', 1, 13)]),
    'feed-refused',
    ['movements.0.movedAt in-the-future'],
  ],
  [
    'an end in the future',
    () => postJson('bazaar', 6, 12 + 60 * 24, [sold('g', 'CHAN-B', 1, 1)]),
    'feed-refused',
    ['until in-the-future'],
  ],
  [
    'a version that goes back',
    () =>
      postJson('newcomer', 1, 9, [])
        .then(() => postJson('newcomer', 3, 9, []))
        .then(() => postJson('newcomer', 2, 9, [])),
    'feed-refused',
    ['version backwards'],
  ],
  [
    'time that goes back',
    () => postJson('bazaar', 6, 2, [sold('g', 'CHAN-B', 1, 1)]),
    'feed-refused',
    ['until backwards'],
  ],
  [
    'a CSV without a version',
    () =>
      app.inject({
        method: 'POST',
        url: '/v1/channels/bazaar/feeds',
        headers: { 'content-type': 'text/csv' },
        payload: csv(),
      }),
    'invalid-request',
    ['version required', 'until required'],
  ],
  [
    'a field that is not known',
    () => postJson('bazaar', 6, 12, [{ ...sold('g', 'CHAN-B', 1, 1), warehouse: 'central' }]),
    'invalid-request',
    ['movements.0.warehouse unknown'],
  ],
] as const)('%s is refused, and nothing of the feed is booked', async (_, post, code, errors) => {
  const answer = await post()
  expect(answer.json()).toMatchObject({ code })
  expect(errorsOf(answer)).toEqual(errors)
  expect(await inventory.stockOf('CHAN-B')).toEqual({ onHand: 9, held: 0 })
  expect(await inventory.database.query`SELECT FROM "channel_movement" WHERE "id" = 'g'`).toEqual([])
  expect(
    await inventory.database.query`SELECT "feed_version" AS "feedVersion" FROM "channel" WHERE "name" = 'bazaar'`,
  ).toEqual([{ feedVersion: 5 }])
})

it('publishes what has changed, in versions that stay as they are', async () => {
  const publish = async () =>
    ChannelPublication.parse((await app.inject({ method: 'POST', url: '/v1/channels/outlet/publications' })).json())
  const read = (version: number, accept: string) =>
    app.inject({ method: 'GET', url: `/v1/channels/outlet/publications/${version}`, headers: { accept } })
  const [first, again] = [await publish(), await publish()]
  expect(again).toEqual(first)
  expect(first.version).toBe(1)
  await inventory.stock.reserve({ orderId: randomUUID(), lines: [{ sku: 'CHAN-B', quantity: 4 }] })
  expect(await publish()).toMatchObject({ version: 2, lines: 1 })
  expect((await read(2, 'text/csv')).body).toBe('sku,available\nCHAN-B,5\n')
  const page = ChannelPublicationPage.parse((await read(1, 'application/json')).json())
  expect(page.items).toContainEqual({ sku: 'CHAN-B', available: 9 })
  expect((await read(1, 'text/csv')).body.split('\n')).toHaveLength(page.items.length + 2)
  expect((await read(3, 'text/csv')).statusCode).toBe(404)
})
