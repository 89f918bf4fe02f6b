/** What a customer does besides buying: looks around, registers, comes back. And what others cannot do in their name. */
import { randomUUID } from 'node:crypto'
import { Cart, Journey, OrderList, Problem, ProductPage, Session, type Product } from '@meshmart/contracts'
import { describe, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'

const { url } = inject('shop')
const password = 'correct horse battery'
const newEmail = (): string => `${randomUUID()}@example.com`

async function register(customer: Customer): Promise<string> {
  const email = newEmail()
  expect((await customer.call('POST', '/api/v1/accounts', { email, name: '张伟 🎁', password })).status).toBe(201)
  return email
}

describe('the catalogue', () => {
  const search = async (query: string): Promise<string[]> =>
    (await new Customer(url).products(`?limit=100&query=${encodeURIComponent(query)}`)).items.map(({ sku }) => sku)

  test('is read page by page, each product once, whatever the size of the page', async () => {
    const customer = new Customer(url)
    const all = (await customer.products('?limit=100')).items.map(({ sku }) => sku)
    expect(all.length).toBeGreaterThanOrEqual(24)
    for (const limit of [1, 5, 24]) {
      const read: Product[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: ProductPage = await customer.products(
          `?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
        )
        read.push(...page.items)
        cursor = page.nextCursor
      }
      expect(read.map(({ sku }) => sku)).toEqual(all)
    }
  })

  test('has five categories, and each can be read alone', async () => {
    const customer = new Customer(url)
    const { items } = await customer.products('?limit=100')
    const categories = [...new Set(items.map(({ category }) => category))]
    expect(categories).toHaveLength(5)
    for (const category of categories)
      expect((await customer.products(`?limit=100&category=${category}`)).items).toEqual(
        items.filter((product) => product.category === category),
      )
  })

  test('is searched in English and in 中文, and takes nothing for a pattern', async () => {
    expect(await search('MUG')).toContain(MUG)
    expect(await search('马克杯')).toContain(MUG)
    for (const pattern of ['%', '_', '\\', "' OR 1=1 --", '不存在的东西'])
      expect(await search(pattern), pattern).toEqual([])
  })
})

describe('an account', () => {
  test('takes over what its guest had in the cart and ordered; the cookie of before is worth nothing', async () => {
    const customer = new Customer(url)
    await customer.call('PUT', '/api/v1/cart', { items: [{ sku: 'TOTE-MARKET', quantity: 2 }] })
    const order = await customer.decided(await customer.buy(orderOf(MUG)))
    const before = customer.cookie!
    const email = await register(customer)
    expect(customer.cookie).not.toBe(before)
    const lines = async (): Promise<string[]> =>
      Cart.parse((await customer.call('GET', '/api/v1/cart')).body).lines.map(
        (line) => `${line.quantity} ${line.product.sku}`,
      )
    expect(await lines()).toEqual(['2 TOTE-MARKET'])
    const orders = OrderList.parse((await customer.call('GET', '/api/v1/orders')).body)
    expect(orders.items.map(({ id }) => id)).toEqual([order.id])
    const planted = await new Customer(url).call('GET', '/api/v1/orders', undefined, { cookie: before })
    expect(Problem.parse(planted.body)).toMatchObject({ status: 401, code: 'invalid-session' })

    const signedIn = customer.cookie!
    expect((await customer.call('DELETE', '/api/v1/session')).status).toBe(204)
    expect((await new Customer(url).call('GET', '/api/v1/session', undefined, { cookie: signedIn })).status).toBe(401)
    const back = new Customer(url)
    const answer = await back.call('POST', '/api/v1/session', { email: email.toUpperCase(), password })
    expect(Session.parse(answer.body).account).toMatchObject({ email, role: 'customer' })
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/; Path=\/; HttpOnly; SameSite=Lax$/)])
    expect(Cart.parse((await back.call('GET', '/api/v1/cart')).body).lines).toHaveLength(1)
  })

  test('is not told apart from none by a stranger, who may try ten passwords, wherever they say they are', async () => {
    const email = await register(new Customer(url))
    const attempt = (who: string, n: number) =>
      new Customer(url).call(
        'POST',
        '/api/v1/session',
        { email: who, password: 'a wrong one' },
        { 'x-forwarded-for': `192.0.2.${n}` },
      )
    const unknown = Problem.parse((await attempt(newEmail(), 0)).body)
    const known = Problem.parse((await attempt(email, 0)).body)
    expect({ ...known, traceId: '' }).toEqual({ ...unknown, traceId: '' })
    for (let n = 1; n < 10; n++) expect((await attempt(email, n)).status).toBe(401)
    const refused = await attempt(email, 10)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '300'])
  })

  test('does not let another one look at its orders or touch them', async () => {
    const buyer = new Customer(url)
    await register(buyer)
    const { id } = await buyer.decided(await buyer.buy(orderOf(MUG)))
    const stranger = new Customer(url)
    await register(stranger)
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/journey'],
      ['POST', '/cancel'],
    ] as const)
      expect(Problem.parse((await stranger.call(method, `/api/v1/orders/${id}${path}`)).body), path).toMatchObject({
        status: 404,
        code: 'not-found',
      })
    expect(OrderList.parse((await stranger.call('GET', '/api/v1/orders')).body).items).toEqual([])
    expect((await buyer.call('GET', `/api/v1/orders/${id}`)).body).toMatchObject({ state: 'confirmed' })
  })
})

describe('an Idempotency-Key', () => {
  test.each([
    ['a guest with a cookie', true],
    ['clients without cookies', false],
  ])('sent ten times at once by %s makes one order', async (_who, withCookie) => {
    const customer = new Customer(url)
    if (withCookie) await customer.call('PUT', '/api/v1/cart', { items: [] })
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => (withCookie ? customer : new Customer(url)).buy(orderOf(MUG), key)),
    )
    const orders = await Promise.all(answers.map((answer) => (answer.body as { id: string }).id))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201))
    expect(new Set(orders).size).toBe(1)
  })

  test('belongs to whoever sent it', async () => {
    const key = randomUUID()
    const [first, second] = [new Customer(url), new Customer(url)]
    for (const customer of [first, second]) await customer.call('PUT', '/api/v1/cart', { items: [] })
    const [one, two] = [
      await first.decided(await first.buy(orderOf(MUG), key)),
      await second.decided(await second.buy(orderOf(MUG), key)),
    ]
    expect(one.id).not.toBe(two.id)
  })
})

test('an order tells how it travelled: every hop to a replica that proved who it is', async () => {
  const customer = new Customer(url)
  const { id } = await customer.decided(await customer.buy(orderOf(MUG)))
  let journey: Journey | undefined
  await expect
    .poll(
      async () => {
        const { status, body } = await customer.call('GET', `/api/v1/orders/${id}/journey`)
        journey = status === 200 ? Journey.parse(body) : undefined
        return journey?.complete
      },
      { timeout: 15_000 },
    )
    .toBe(true)
  expect(journey!.hops[0]).toMatchObject({ to: 'gateway', depth: 0, status: 201 })
  const inside = journey!.hops.slice(1)
  expect(new Set(inside.map(({ to }) => to))).toEqual(new Set(['orders', 'payments', 'inventory']))
  for (const hop of inside)
    expect(hop).toMatchObject({
      mtls: true,
      identity: `spiffe://cluster.local/ns/meshmart/sa/${hop.to}`,
      replica: expect.stringMatching(`^${hop.to}-[12]$`),
    })
})
