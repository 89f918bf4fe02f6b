/** Products at the back office's door: who may edit one, with what they have read, and who sees it next. */
import { randomUUID } from 'node:crypto'
import { StaffProduct, type ProductEdit } from '@meshmart/contracts'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openShop, register, shop } from '../testing/open-shop.ts'
import { product } from '../testing/neighbours.ts'
import { demoPassword, Visitor } from '../testing/shop.ts'

openShop()

const path = '/api/v1/admin/products/MUG-DAWN'
const behind = '/v1/staff/products/MUG-DAWN'
const edit: ProductEdit = {
  name: { en: '<b>Mug</b>', 'zh-CN': '杯' },
  description: { en: 'A mug', 'zh-CN': '杯子' },
  category: 'kitchen',
  price: { amount: 1_900, currency: 'EUR' },
  reorderPoint: 5,
  forSale: true,
}
const at = '2026-01-01T00:00:00.000Z'
const everyone: Record<'stranger' | 'customer' | 'staff' | 'admin', Visitor> = {} as never
let staffId: string
const stored = (version: number) => ({
  sku: 'MUG-DAWN',
  ...edit,
  picture: '/p.svg',
  available: 7,
  version,
  edits: [
    { version: 3, actor: staffId, at, changes: [{ field: 'price.amount', before: 1_850, after: 1_900 }] },
    { version: 2, actor: `account:${randomUUID()}`, at, changes: [{ field: 'forSale', before: false, after: true }] },
  ],
})
const put = (who: Visitor, body: object = edit, headers: Record<string, string> = { 'if-match': '"2"' }) =>
  who.ask('PUT', path, { body, headers })

async function signIn(email: string): Promise<Visitor> {
  const who = new Visitor(shop.app)
  await who.ask('POST', '/api/v1/session', { body: { email, password: demoPassword } })
  return who
}
beforeAll(async () => {
  everyone.stranger = new Visitor(shop.app)
  everyone.customer = new Visitor(shop.app)
  await register(everyone.customer)
  everyone.staff = await signIn('staff@meshmart.example')
  everyone.admin = await signIn('admin@meshmart.example')
  staffId = `account:${(await everyone.staff.ask('GET', '/api/v1/account')).json<{ id: string }>().id}`
})
beforeEach(() => {
  const { desks } = shop.neighbours
  desks.set(`GET ${behind}`, { status: 200, body: stored(3) })
  desks.set(`PUT ${behind}`, { status: 200, body: stored(3) })
})

it.each([
  ['GET', '/api/v1/admin/products'],
  ['GET', path],
  ['PUT', path],
] as const)('%s %s is for staff and admins', async (method, url) => {
  const statuses = []
  for (const who of ['stranger', 'customer', 'staff', 'admin'] as const) {
    const sent = method === 'PUT' ? { body: edit, headers: { 'if-match': '"2"' } } : {}
    statuses.push((await everyone[who].ask(method, url, sent)).statusCode)
  }
  expect(statuses).toEqual([401, 403, 200, 200])
})

describe('an edit', () => {
  it('goes on with who makes it and what they have read, and answers with the tag of what it became', async () => {
    const answer = await put(everyone.staff, edit, { 'if-match': '"2"', 'x-staff-id': `account:${randomUUID()}` })
    expect(shop.neighbours.asked).toMatchObject([
      { method: 'PUT', path: behind, body: edit, headers: { 'x-staff-id': staffId, 'if-match': '"2"' } },
    ])
    expect(answer.headers['etag']).toBe('"3"')
    const { edits, name } = StaffProduct.parse(answer.json())
    expect(name.en).toBe('<b>Mug</b>')
    expect(edits.map(({ actor }) => actor.name)).toEqual(['Demo Staff', null])
    expect((await everyone.staff.ask('GET', path)).headers['etag']).toBe('"3"')
  })

  it('needs If-Match, and a form of it that is one', async () => {
    expect((await put(everyone.staff, edit, {})).json()).toMatchObject({ status: 428, code: 'precondition-required' })
    expect((await put(everyone.staff, edit, { 'if-match': 'two' })).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'If-Match', code: 'format' }],
    })
    expect(shop.neighbours.asked).toEqual([])
  })

  it('of something that somebody else has changed meanwhile is told so', async () => {
    const problem = { type: 'x', title: 'changed', status: 412, code: 'precondition-failed' }
    shop.neighbours.desks.set(`PUT ${behind}`, { status: 412, body: problem })
    expect((await put(everyone.staff)).json()).toMatchObject({ status: 412, code: 'precondition-failed' })
  })

  it.each<[string, object, string, string]>([
    ['a price of nothing', { ...edit, price: { amount: 0, currency: 'EUR' } }, 'price.amount', 'too-small'],
    ['a SKU', { ...edit, sku: 'PEN-BLUE' }, 'sku', 'unknown'],
    ['stock', { ...edit, available: 1_000 }, 'available', 'unknown'],
    ['its own author', { ...edit, actor: 'account:x' }, 'actor', 'unknown'],
    ['an empty name', { ...edit, name: { en: '', 'zh-CN': '杯' } }, 'name.en', 'too-small'],
  ])('with %s is refused by its field, also without If-Match', async (_what, body, field, code) => {
    expect((await put(everyone.staff, body, {})).json()).toMatchObject({ status: 400, errors: [{ field, code }] })
    expect(shop.neighbours.asked).toEqual([])
  })

  it('is not taken from another site', async () => {
    const answer = await put(everyone.staff, edit, { 'if-match': '*', origin: 'https://evil.example' })
    expect(answer.json()).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(shop.neighbours.asked).toEqual([])
  })

  it('is seen in the shop by the very next look, whatever was told a moment ago', async () => {
    const looks = new Visitor(shop.app)
    const price = async () =>
      (await looks.ask('GET', '/api/v1/products/MUG-DAWN')).json<{ price: { amount: number } }>()
    shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1_850))
    await price()
    shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1_900))
    await put(everyone.staff)
    expect((await price()).price.amount).toBe(1_900)
  })
})

it('a search of the staff goes on as it is, and is checked before', async () => {
  await everyone.staff.ask('GET', '/api/v1/admin/products?query=%3Cb%3E&category=kitchen&limit=5')
  expect(shop.neighbours.asked[0]?.path).toBe('/v1/staff/products?query=%3Cb%3E&category=kitchen&limit=5')
  for (const query of ['category=cars', 'limit=0', 'skus=MUG-DAWN', 'sort=price'])
    expect((await everyone.staff.ask('GET', `/api/v1/admin/products?${query}`)).statusCode, query).toBe(400)
})
