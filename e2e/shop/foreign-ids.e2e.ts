/**
 * Walks every operation of the public API as somebody whom a customer's things are none of the business of: with another account's cookie, with a guest's,
 * with none, from another site, with fields that nobody may set, and with SQL and markup wherever text goes. Afterwards the customer's things are what they were.
 */
import { randomUUID } from 'node:crypto'
import { AccountExport, Problem, SavedAddress } from '@meshmart/contracts'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf, signedInAs } from '../testing/client.ts'
import { ask, operationsOf, pathWith, PASSWORD, sampleOf } from '../testing/public-api.ts'

const shop = inject('shop')
const { url } = shop
const operations = await operationsOf(url)
/** The back office is for staff: a customer is turned away at its door, whatever the id. */
const isOffice = ({ path }: { path: string }): boolean => path.startsWith('/api/v1/admin/')
const owned = operations.filter((operation) => operation.path.includes('{id}') && !isOffice(operation))

/** Words that only the owner's things hold. */
const marks = { email: `${randomUUID()}@example.com`, name: `Owner ${randomUUID()}`, line1: `${randomUUID()} Street` }
const owner = new Customer(url)
let ids: { order: string; address: string }
let before: unknown
let admin: Customer

async function register(email = `${randomUUID()}@example.com`, name = 'Eve'): Promise<Customer> {
  const customer = new Customer(url)
  const answer = await customer.call('POST', '/api/v1/accounts', { email, name, password: PASSWORD })
  expect(answer.status).toBe(201)
  return customer
}
async function guest(): Promise<Customer> {
  const customer = new Customer(url)
  await customer.call('PUT', '/api/v1/cart', { items: [] })
  return customer
}
/** All that is the owner's; what changes by being looked at left out. */
async function everythingOwned(): Promise<unknown> {
  const answer = await owner.call('GET', '/api/v1/account/export')
  const { exportedAt: _now, ...data } = AccountExport.parse(answer.body)
  return data
}
const idOf = (path: string): string => {
  if (path.startsWith('/api/v1/orders/{id}')) return ids.order
  if (path.startsWith('/api/v1/account/addresses/{id}')) return ids.address
  if (path.startsWith('/api/v1/products/{sku}')) return MUG
  if (path.startsWith('/api/v1/admin/mails/{id}')) return '1'
  if (path.startsWith('/api/v1/admin/orders/{id}')) return ids.order
  if (path.startsWith('/api/v1/admin/stock/{sku}')) return MUG
  if (path.startsWith('/api/v1/admin/products/{sku}')) return MUG
  // What else staff look at and move is no customer's.
  if (isOffice({ path })) return nothing
  throw new Error(`whose ids are in ${path}? Say it here`)
}
const nothing = randomUUID()
const strangeId = (path: string): string => (path.includes('{sku}') ? 'NO-SUCH' : randomUUID())
const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

beforeAll(async () => {
  const { email, name, line1 } = marks
  await owner.call('POST', '/api/v1/accounts', { email, name, password: PASSWORD })
  const shippingAddress = { ...orderOf(MUG).shippingAddress, name, line1 }
  const { id: address } = SavedAddress.parse(
    (await owner.call('POST', '/api/v1/account/addresses', shippingAddress)).body,
  )
  const order = await owner.decided(await owner.buy({ ...orderOf(MUG), shippingAddress, email }))
  ids = { order: order.id, address }
  // What was bought leaves the cart a moment later; what is put in afterwards is compared.
  await owner.call('PUT', '/api/v1/cart', { items: [{ sku: 'TOTE-MARKET', quantity: 2 }] })
  before = await everythingOwned()
  admin = await signedInAs('admin', shop)
})

const visitors: [string, () => Promise<Customer>][] = [
  ['another account', () => register()],
  ['a guest', guest],
  ['nobody', async () => new Customer(url)],
]

describe.each(visitors)('%s', (who, arrive) => {
  test.each(operations.map((operation) => [operation.name, operation] as const))(
    'gets and changes nothing of somebody else by %s',
    async (_name, operation) => {
      const stranger = await arrive()
      const answer = await ask(stranger, operation, pathWith(operation, idOf), undefined, {
        'x-customer-id': `account:${randomUUID()}`,
        'accept-language': 'en',
      })
      const said = textOf(answer.body)
      for (const mark of [...Object.values(marks), ids.order, ids.address]) expect(said).not.toContain(mark)
      if (isOffice(operation)) {
        const problem = Problem.parse(answer.body)
        expect(problem.status).toBe(who === 'another account' ? 403 : 401)
        expect(problem.code).toBe(who === 'another account' ? 'not-allowed' : 'not-signed-in')
        const missing = Problem.parse((await ask(stranger, operation, pathWith(operation, strangeId))).body)
        expect({ ...problem, traceId: '' }).toEqual({ ...missing, traceId: '' })
        return
      }
      if (!owned.includes(operation)) {
        expect(answer.status).toBeLessThan(500)
        return
      }
      const problem = Problem.parse(answer.body)
      expect([401, 404]).toContain(problem.status)
      if (who === 'another account') expect(problem.status).toBe(404)
      // What exists and is not theirs cannot be told from what does not exist.
      const missing = Problem.parse((await ask(stranger, operation, pathWith(operation, strangeId))).body)
      expect({ ...problem, traceId: '' }).toEqual({ ...missing, traceId: '' })
    },
  )
})

const writing = operations.filter(({ method }) => method !== 'GET')
test.each(writing.map((operation) => [operation.name, operation] as const))(
  'another site cannot do %s with the cookie of the owner',
  async (_name, operation) => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      const answer = await ask(owner, operation, pathWith(operation, idOf), undefined, headers)
      expect(Problem.parse(answer.body)).toMatchObject({ status: 403, code: 'not-allowed' })
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  },
)

const taking = operations.filter(({ body }) => body !== undefined)
/** What nobody may say of themselves, of their things, or of what these cost. */
const forbidden = {
  id: '00000000-0000-4000-8000-000000000000',
  role: 'admin',
  passwordHash: 'x',
  accountId: '00000000-0000-4000-8000-000000000000',
  customerId: 'account:00000000-0000-4000-8000-000000000000',
  state: 'confirmed',
  total: { amount: 1, currency: 'EUR' },
  price: 1,
  createdAt: '2020-01-01T00:00:00Z',
}
test.each(taking.map((operation) => [operation.name, operation] as const))(
  '%s takes no field that is not its own, at any depth',
  async (_name, operation) => {
    const stranger = isOffice(operation) ? admin : await register()
    for (const [path, grown] of grownBy(sampleOf(operation)!, forbidden)) {
      const answer = await ask(stranger, operation, pathWith(operation, idOf), grown)
      expect(Problem.parse(answer.body), path).toMatchObject({
        status: 400,
        code: 'invalid-request',
        errors: [{ field: path, code: 'unknown' }],
      })
    }
  },
)

const SQL = ["' OR '1'='1", "'; DROP TABLE account; --", '\\', '%', '$1', '{"$ne":null}', "') UNION SELECT 1 --"]
const MARKUP = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</script><svg/onload=alert(1)>']
test.each(operations.map((operation) => [operation.name, operation] as const))(
  '%s takes SQL and markup for the text that it is',
  async (_name, operation) => {
    const stranger = isOffice(operation) ? admin : await register()
    const path = pathWith(operation, strangeId)
    for (const text of [...SQL, ...MARKUP]) {
      const requests: [string, unknown][] = [
        ...operation.query.map((name): [string, unknown] => [
          `${path}?${new URLSearchParams({ [name]: text })}`,
          undefined,
        ]),
        ...(operation.path.includes('{') ? [[pathWith(operation, () => text), undefined] as [string, unknown]] : []),
        ...withEachTextReplaced(sampleOf(operation), text).map((body): [string, unknown] => [path, body]),
      ]
      for (const [target, body] of requests) {
        const answer = await ask(stranger, operation, target, body)
        expect(answer.status, `${target} ${JSON.stringify(body)}`).toBeLessThan(500)
        expect(answer.headers.get('content-type') ?? 'application/json').toMatch(/^application\/(problem\+)?json/)
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      }
    }
  },
)

test('markup in names and addresses comes back as it was typed', async () => {
  const customer = await register(undefined, MARKUP[0])
  const shippingAddress = { ...orderOf(MUG).shippingAddress, name: MARKUP[1]!, line1: MARKUP[2]!, city: SQL[1]! }
  const order = await customer.decided(await customer.buy({ ...orderOf(MUG), shippingAddress }))
  expect(order.shippingAddress).toEqual(shippingAddress)
  expect((await customer.call('GET', '/api/v1/account')).body).toMatchObject({ name: MARKUP[0] })
  const { body } = await customer.call('POST', '/api/v1/account/addresses', shippingAddress)
  expect(body).toMatchObject(shippingAddress)
})

test('after all of that, the owner has what they had', async () => {
  expect(await everythingOwned()).toEqual(before)
})

/** The body with one more field, at each object in it and for each of the fields; with the path of the field. */
function* grownBy(body: object, fields: Record<string, unknown>): Generator<[string, object]> {
  for (const [path, at] of objectsIn(body)) {
    for (const [name, value] of Object.entries(fields)) {
      if (name in at) continue
      const copy = structuredClone(body)
      const target = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], copy) as object
      Object.assign(target, { [name]: value })
      yield [[...path, name].join('.'), copy]
    }
  }
}

function* objectsIn(value: unknown, path: string[] = []): Generator<[string[], object]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [path, value]
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, [...path, key])
}

/** Copies of the body, each with another one of its texts replaced. */
function withEachTextReplaced(body: unknown, text: string): unknown[] {
  if (typeof body === 'string') return [text]
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([key, inner]) =>
    withEachTextReplaced(inner, text).map((replaced) =>
      Array.isArray(body) ? body.with(Number(key), replaced) : { ...body, [key]: replaced },
    ),
  )
}
