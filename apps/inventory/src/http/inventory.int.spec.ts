/** The service as its callers see it: the whole module on Fastify, with a real database and a real NATS server. */
import { randomUUID } from 'node:crypto'
import {
  EventEnvelope,
  Problem,
  Product,
  ProductPage,
  Reservation,
  StockMovementPage,
  StockOfProduct,
  Transfer,
  TransferList,
} from '@meshmart/contracts'
import { createTestApplication, createTestDatabase, startTestNats } from '@meshmart/service-kit/testing'
import { jetstream } from '@nats-io/jetstream'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeCursor } from '../catalogue/cursor.ts'
import { catalogueProducts } from '../catalogue/products.ts'
import { InventoryModule } from '../inventory.module.ts'
import { migrations } from '../testing/open-inventory.ts'

let app: NestFastifyApplication
let database: Awaited<ReturnType<typeof createTestDatabase>>
let nats: Awaited<ReturnType<typeof startTestNats>>
beforeAll(async () => {
  ;[database, nats] = await Promise.all([createTestDatabase({ service: 'inventory', migrations }), startTestNats()])
  app = await createTestApplication({
    module: InventoryModule,
    settings: {
      MESH_WORKLOAD: 'inventory',
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: 10,
      STOCK_WARNING_RECIPIENT: 'stock@shop.example',
    },
    nats: nats.connection,
  })
})
afterAll(async () => {
  await app?.close()
  await nats?.stop()
  await database?.drop()
})

const get = (url: string) => app.inject({ method: 'GET', url })
const post = (url: string, payload?: object) => app.inject({ method: 'POST', url, ...(payload ? { payload } : {}) })
const page = async (query: string): Promise<ProductPage> => {
  const response = await get(`/v1/products?${query}`)
  expect(response.statusCode, response.body).toBe(200)
  return ProductPage.parse(response.json())
}
const skusOf = ({ items }: ProductPage): string[] => items.map(({ sku }) => sku)

describe('GET /v1/products', () => {
  it('pages through the whole catalogue in its order, nothing twice, nothing left out', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const part: ProductPage = await page(`limit=7${cursor === null ? '' : `&cursor=${cursor}`}`)
      seen.push(...skusOf(part))
      cursor = part.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(catalogueProducts.map(({ sku }) => sku))
  })

  it.each([
    ['query=mug', ['MUG-DAWN']],
    ['query=MuG', ['MUG-DAWN']],
    [`query=${encodeURIComponent('马克杯')}`, ['MUG-DAWN']],
    [`query=${encodeURIComponent('towel LINEN')}`, ['TOWEL-LINEN']],
    ['query=%25', []],
    ['query=the', []],
    ['query=xyzzy', []],
    // Typing errors, a stem, the beginning of a word, and a pair of signs from the middle of one.
    ['query=lantren', ['LANTERN-PAPER']],
    ['query=linnen+towl', ['TOWEL-LINEN']],
    ['query=towels', ['TOWEL-LINEN']],
    ['query=teap', ['TEAPOT-HEARTH']],
    [`query=${encodeURIComponent('克杯')}`, ['MUG-DAWN']],
    ['query=dawn%00mug', ['MUG-DAWN']],
    ['query=lamp&category=garden', []],
    ['category=lighting&query=lantern', ['LANTERN-PAPER']],
    ['skus=TROWEL-ASH,MUG-DAWN,NO-SUCH', ['MUG-DAWN', 'TROWEL-ASH']],
  ])('%s', async (query, skus) => {
    expect(skusOf(await page(query))).toEqual(skus)
  })

  it('answers a list of SKUs on one page, whatever the limit', async () => {
    const all = catalogueProducts.map(({ sku }) => sku)
    const listed = await page(`limit=1&skus=${all.join(',')}`)
    expect(skusOf(listed)).toEqual(all)
    expect(listed.nextCursor).toBeNull()
  })

  it.each([
    ['cursor=rubbish', 'cursor', 'format'],
    [`cursor=${encodeCursor({ position: 1, sku: 'MUG-DAWN' })}&query=mug`, 'cursor', 'format'],
    [`cursor=${encodeCursor({ position: 1, sku: 'MUG-DAWN', score: 7 })}`, 'cursor', 'format'],
    ['skus=mug', 'skus', 'format'],
    ['skus=', 'skus', 'format'],
    [`skus=${Array(101).fill('MUG-DAWN').join(',')}`, 'skus', 'too-big'],
    ['category=cars', 'category', 'choice'],
    ['limit=0', 'limit', 'too-small'],
    ['limit=101', 'limit', 'too-big'],
    ['colour=red', 'colour', 'unknown'],
  ])('refuses %s and names the parameter', async (query, field, code) => {
    const response = await get(`/v1/products?${query}`)
    expect(response.statusCode).toBe(400)
    expect(Problem.parse(response.json())).toMatchObject({ code: 'invalid-request', errors: [{ field, code }] })
  })
})

describe('GET /v1/products/{sku}', () => {
  it('tells the level of stock', async () => {
    const levelOf = async (sku: string) => Product.parse((await get(`/v1/products/${sku}`)).json()).stock.level
    expect(await levelOf('MUG-DAWN')).toBe('in-stock')
    expect(await levelOf('PEN-BRASS')).toBe('few-left')
    expect(await levelOf('LANTERN-PAPER')).toBe('sold-out')
  })

  it.each(['NO-SUCH', 'mug-dawn', '%00'])('%s is not found', async (sku) => {
    const response = await get(`/v1/products/${sku}`)
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ code: 'not-found' })
  })
})

describe('what staff see and move', () => {
  const staff = { 'x-staff-id': 'account:00000000-0000-4000-8000-000000000001' }
  const as = (headers: Record<string, string>, url: string, payload?: object) =>
    app.inject({ method: 'POST', url, headers, ...(payload ? { payload } : {}) })

  it('is in the hands of somebody', async () => {
    const id = randomUUID()
    const lines = [{ sku: 'LAMP-MUSHROOM', quantity: 3 }]
    const transfer = { id, source: 'central', destination: 'harbour', lines }
    const nobody = await as({}, '/v1/transfers', transfer)
    expect([nobody.statusCode, nobody.json().errors[0]]).toMatchObject([400, { field: 'x-staff-id', code: 'required' }])
    const requested = await as(staff, '/v1/transfers', transfer)
    expect([requested.statusCode, Transfer.parse(requested.json()).state]).toEqual([201, 'requested'])
    expect((await as(staff, '/v1/transfers', transfer)).statusCode).toBe(200)
    expect((await as(staff, `/v1/transfers/${id}/ship`)).json()).toMatchObject({ state: 'shipped' })
    const listed = TransferList.parse((await get('/v1/transfers?state=shipped')).json())
    expect(listed.items.map((each) => each.id)).toEqual([id])
    const stock = StockOfProduct.parse((await get('/v1/stock/LAMP-MUSHROOM')).json())
    expect(stock.places.map(({ warehouse, available }) => [warehouse, available]).at(-1)).toEqual(['transit', 3])
    const moved = StockMovementPage.parse((await get('/v1/stock/LAMP-MUSHROOM/movements?limit=2')).json())
    expect(moved.items.map(({ kind, warehouse, quantity }) => [kind, warehouse, quantity])).toEqual([
      ['shipped', 'transit', 3],
      ['shipped', 'central', -3],
    ])
    expect(moved.items[0]?.document?.actor).toBe(staff['x-staff-id'])
    const older = StockMovementPage.parse(
      (await get(`/v1/stock/LAMP-MUSHROOM/movements?limit=5&cursor=${moved.nextCursor}`)).json(),
    )
    expect(older.items.map(({ kind }) => kind)).toEqual(['opening', 'opening'])
  })

  it.each([
    ['to itself', { source: 'central', destination: 'central' }, 'destination', 'choice'],
    ['to nowhere', { destination: 'transit' }, 'destination', 'choice'],
    ['of nothing', { lines: [] }, 'lines', 'too-small'],
    ['by mass assignment', { state: 'received' }, 'state', 'unknown'],
  ])('a transfer %s is refused', async (_, wrong, field, code) => {
    const lines = [{ sku: 'MUG-DAWN', quantity: 1 }]
    const body = { id: randomUUID(), source: 'central', destination: 'harbour', lines, ...wrong }
    const answer = await as(staff, '/v1/transfers', body)
    expect([answer.statusCode, answer.json().errors[0]]).toMatchObject([400, { field, code }])
  })
})

describe('/v1/reservations', () => {
  it('goes from reserve over confirm to return, and answers a repetition with 200', async () => {
    const request = { orderId: randomUUID(), lines: [{ sku: 'BOARD-OAK', quantity: 2 }] }
    const created = await post('/v1/reservations', request)
    expect(created.statusCode, created.body).toBe(201)
    const reservation = Reservation.parse(created.json())
    expect(reservation).toMatchObject({ state: 'held', orderId: request.orderId })
    expect(reservation.lines[0]).toMatchObject({ name: { en: 'Oak board' }, unitPrice: { amount: 4500 } })
    const again = await post('/v1/reservations', request)
    expect([again.statusCode, again.json()]).toEqual([200, reservation])

    const [one, all] = [[{ sku: request.lines[0]!.sku, quantity: 1 }], request.lines]
    for (const [action, body, state] of [
      [`${reservation.id}/confirm`, undefined, 'confirmed'],
      [`${reservation.id}/confirm`, undefined, 'confirmed'],
      [`${reservation.id}/returns`, { id: randomUUID(), lines: one }, 'confirmed'],
      ['ends', { orderId: request.orderId }, 'returned'],
      ['ends', { orderId: request.orderId }, 'returned'],
    ] as const) {
      const settled = await post(`/v1/reservations/${action}`, body)
      expect([settled.statusCode, settled.json()]).toEqual([200, { ...reservation, state }])
    }
    const more = await post(`/v1/reservations/${reservation.id}/returns`, { id: randomUUID(), lines: all })
    expect([more.statusCode, more.json().code]).toEqual([409, 'return-exceeds-kept'])
    const late = await post(`/v1/reservations/${reservation.id}/confirm`)
    expect([late.statusCode, late.json().code]).toEqual([409, 'wrong-state'])
  })

  it.each([
    ['sold out', { lines: [{ sku: 'LANTERN-PAPER', quantity: 1 }] }, 409, 'sold-out', 'lines.0.quantity'],
    ['unknown', { lines: [{ sku: 'NO-SUCH', quantity: 1 }] }, 422, 'unknown-sku', 'lines.0.sku'],
    ['named twice', { lines: Array(2).fill({ sku: 'MUG-DAWN', quantity: 1 }) }, 400, 'invalid-request', 'lines.1.sku'],
    ['of no quantity', { lines: [{ sku: 'MUG-DAWN', quantity: 0 }] }, 400, 'invalid-request', 'lines.0.quantity'],
    ['of no lines', { lines: [] }, 400, 'invalid-request', 'lines'],
    [
      'of an odd order id',
      { orderId: 'x', lines: [{ sku: 'MUG-DAWN', quantity: 1 }] },
      400,
      'invalid-request',
      'orderId',
    ],
  ])('refuses one that is %s', async (_, body, status, code, field) => {
    const response = await post('/v1/reservations', { orderId: randomUUID(), ...body })
    expect(response.statusCode, response.body).toBe(status)
    expect(Problem.parse(response.json())).toMatchObject({ code, errors: [{ field }] })
  })

  it.each([randomUUID(), 'no-uuid'])('%s is not found', async (id) => {
    expect((await post(`/v1/reservations/${id}/confirm`)).statusCode).toBe(404)
    const back = { id: randomUUID(), lines: [{ sku: 'MUG-DAWN', quantity: 1 }] }
    expect((await post(`/v1/reservations/${id}/returns`, back)).statusCode).toBe(404)
  })
})

it('publishes its changes of stock to the stream, in their order', async () => {
  const request = { orderId: randomUUID(), lines: [{ sku: 'PENDANT-DOME', quantity: 99 }] }
  await post('/v1/reservations', request)
  const more = { orderId: randomUUID(), lines: [{ sku: 'PENDANT-DOME', quantity: 40 }] }
  await post('/v1/reservations', more)
  await post('/v1/reservations/ends', { orderId: request.orderId })
  const consumer = await jetstream(nats.connection).consumers.get('EVENTS', { filter_subjects: ['events.stock.>'] })
  const events: string[] = []
  for await (const message of await consumer.consume()) {
    const { type, subject, source, data } = EventEnvelope.parse(message.json())
    expect(source).toBe('inventory')
    if (subject !== 'PENDANT-DOME') continue
    events.push(`${type} ${(data as { available: number }).available}`)
    if (events.length === 5) break
  }
  expect(events).toEqual([
    'stock.changed 140',
    'stock.changed 41',
    'stock.changed 1',
    'stock.low 1',
    'stock.changed 100',
  ])
})
