/** The staff's products as the gateway asks for them: what must be said, and what is refused by its field. */
import { randomUUID } from 'node:crypto'
import { type ProductEdit, Problem, StaffProductPage, StoredStaffProduct } from '@meshmart/contracts'
import { createTestApplication, createTestDatabase, startTestNats } from '@meshmart/service-kit/testing'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const actor = `account:${randomUUID()}`
const path = '/v1/staff/products/MUG-DAWN'
const edit: ProductEdit = {
  name: { en: 'Dusk mug', 'zh-CN': '黄昏马克杯' },
  description: { en: 'A mug', 'zh-CN': '杯子' },
  category: 'kitchen',
  price: { amount: 1_900, currency: 'EUR' },
  reorderPoint: 200,
  forSale: true,
}
const put = (payload: object, headers: Record<string, string> = {}, url = path) =>
  app.inject({ method: 'PUT', url, payload, headers: { 'x-staff-id': actor, 'if-match': '*', ...headers } })
const read = async () => StoredStaffProduct.parse((await app.inject({ method: 'GET', url: path })).json())

describe('PUT /v1/staff/products/{sku}', () => {
  it.each<[string, object, string, string]>([
    ['a price of nothing', { ...edit, price: { ...edit.price, amount: 0 } }, 'price.amount', 'too-small'],
    ['a price below nothing', { ...edit, price: { ...edit.price, amount: -1 } }, 'price.amount', 'too-small'],
    ['a fraction of a cent', { ...edit, price: { ...edit.price, amount: 1.5 } }, 'price.amount', 'type'],
    ['a price as text', { ...edit, price: { ...edit.price, amount: '19' } }, 'price.amount', 'type'],
    ['a price beyond all prices', { ...edit, price: { ...edit.price, amount: 1_000_001 } }, 'price.amount', 'too-big'],
    ['another currency', { ...edit, price: { ...edit.price, currency: 'USD' } }, 'price.currency', 'choice'],
    ['no price', { ...edit, price: undefined }, 'price', 'required'],
    ['a name of blanks', { ...edit, name: { ...edit.name, en: '   ' } }, 'name.en', 'too-small'],
    ['no Chinese name', { ...edit, name: { en: 'Mug' } }, 'name.zh-CN', 'required'],
    ['a name in a third language', { ...edit, name: { ...edit.name, de: 'Becher' } }, 'name.de', 'unknown'],
    ['U+0000 in a name', { ...edit, name: { ...edit.name, en: 'a\u0000b' } }, 'name.en', 'format'],
    ['a long name', { ...edit, name: { ...edit.name, en: 'a'.repeat(121) } }, 'name.en', 'too-big'],
    ['a description that is a list', { ...edit, description: [] }, 'description', 'type'],
    ['an unknown category', { ...edit, category: 'cars' }, 'category', 'choice'],
    ['a reorder point below nothing', { ...edit, reorderPoint: -1 }, 'reorderPoint', 'too-small'],
    ['a word for forSale', { ...edit, forSale: 'no' }, 'forSale', 'type'],
    ['another SKU', { ...edit, sku: 'MUG-DUSK' }, 'sku', 'unknown'],
    ['a version', { ...edit, version: 7 }, 'version', 'unknown'],
    ['stock', { ...edit, available: 7 }, 'available', 'unknown'],
  ])('refuses %s and names the field', async (_what, body, field, code) => {
    const response = await put(body)
    expect(response.statusCode, response.body).toBe(400)
    expect(Problem.parse(response.json())).toMatchObject({ code: 'invalid-request', errors: [{ field, code }] })
  })

  it('asks who it is, and what they have read', async () => {
    const nobody = await app.inject({ method: 'PUT', url: path, payload: edit, headers: { 'if-match': '*' } })
    expect(nobody.json()).toMatchObject({ status: 400, errors: [{ field: 'x-staff-id', code: 'required' }] })
    const blind = await app.inject({ method: 'PUT', url: path, payload: edit, headers: { 'x-staff-id': actor } })
    expect(blind.json()).toMatchObject({ status: 428, code: 'precondition-required' })
    expect((await read()).version).toBe(1)
  })

  it('takes one edition, and no other tag', async () => {
    const made = await put(edit, { 'if-match': '"7", "1"' })
    expect(made.statusCode, made.body).toBe(200)
    expect(StoredStaffProduct.parse(made.json())).toMatchObject({ version: 2, edits: [{ actor }] })
    for (const tag of ['"1"', 'W/"2"', '2', '"x"', '']) {
      const late = await put({ ...edit, reorderPoint: 3 }, { 'if-match': tag })
      expect(late.json(), tag).toMatchObject({ status: 412, code: 'precondition-failed' })
    }
    expect(await read()).toMatchObject({ version: 2, reorderPoint: 200 })
  })

  it('keeps markup for the text that it is', async () => {
    const name = { en: '<b>Bold</b> <script>alert(1)</script>', 'zh-CN': "'; DROP TABLE product; --" }
    expect((await put({ ...edit, name })).json()).toMatchObject({ name })
    expect((await app.inject({ method: 'GET', url: '/v1/products/MUG-DAWN' })).json()).toMatchObject({ name })
  })

  it('knows no product of another SKU', async () => {
    for (const sku of ['NO-SUCH', 'mug', '%27'])
      expect((await put(edit, {}, `/v1/staff/products/${sku}`)).statusCode, sku).toBe(404)
  })
})

it('GET /v1/staff/products lists and searches all, with what staff need', async () => {
  await put({ ...edit, forSale: false })
  const page = async (query: string) =>
    StaffProductPage.parse((await app.inject({ method: 'GET', url: `/v1/staff/products?${query}` })).json()).items
  expect(await page('query=dusk&category=kitchen')).toMatchObject([
    { sku: 'MUG-DAWN', forSale: false, reorderPoint: 200 },
  ])
  expect((await page('limit=100')).map(({ sku }) => sku)).toContain('MUG-DAWN')
  expect((await app.inject({ method: 'GET', url: '/v1/products/MUG-DAWN' })).statusCode).toBe(404)
})
