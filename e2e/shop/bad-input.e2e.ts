/**
 * What a client may get wrong at the public door. Each is an RFC 9457 answer that names the field in the language of the reader; afterwards the shop has
 * the orders, the payments and the stock that it had before.
 */
import { randomUUID } from 'node:crypto'
import { Problem } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, MUG, orderOf, type Answer } from '../testing/client.ts'

const { url, home } = inject('shop')
const customer = new Customer(url)
let books: Books
/** A good cookie, kept: an answer to a bad one takes it from the customer. */
let cookie = ''
beforeAll(async () => {
  books = await Books.open(home)
  await customer.call('PUT', '/api/v1/cart', { items: [{ sku: MUG, quantity: 1 }] })
  cookie = customer.cookie!
})
afterAll(() => books.close())

async function everything(): Promise<unknown[]> {
  return [
    await books.read('orders', 'SELECT count(*) FROM orders'),
    await books.read('payments', 'SELECT count(*) FROM payment_intent'),
    await books.read('acquirer', 'SELECT count(*) FROM card'),
    await books.read('inventory', 'SELECT sku, warehouse, on_hand, held FROM stock ORDER BY sku, warehouse'),
    await books.read(
      'gateway',
      'SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM cart_line) AS lines',
    ),
  ]
}

const order = orderOf(MUG)
const json = JSON.stringify(order)
const withItem = (item: unknown) => ({ ...order, items: [item] })
const withCard = (change: object) => ({ ...order, payment: { card: { ...order.payment.card, ...change } } })
const withAddress = (change: object) => ({ ...order, shippingAddress: { ...order.shippingAddress, ...change } })
/** Replaced in the text, for what `JSON.stringify` cannot write. */
const edited = (from: string, to: string): string => {
  expect(json).toContain(from)
  return json.replace(from, to)
}

/** Asks in both languages, checks what holds for every problem, and gives the English one. */
async function refused(
  ask: (headers: Record<string, string>) => Promise<Answer>,
): Promise<Problem & { headers: Headers }> {
  const before = await everything()
  const answers = await Promise.all(
    ['en', 'fr;q=0.9, zh-CN;q=0.8, en;q=0.3'].map((accepted) => ask({ 'accept-language': accepted })),
  )
  expect(await everything()).toEqual(before)
  const [english, chinese] = answers.map((answer) => {
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    const problem = Problem.parse(answer.body)
    expect(problem).toMatchObject({
      status: answer.status,
      type: `/problems/${problem.code}`,
      traceId: expect.any(String),
    })
    return problem
  })
  expect(answers.map((answer) => answer.headers.get('content-language'))).toEqual(['en', 'zh-CN'])
  expect(chinese).toMatchObject({ code: english!.code })
  for (const words of [chinese!.title, ...(chinese!.errors ?? []).map((error) => error.message)])
    expect(words).toMatch(/\p{Script=Han}/u)
  return { ...english!, headers: answers[0]!.headers }
}
const refusedOrder = (body: unknown, headers: Record<string, string> = {}) =>
  refused((language) =>
    customer.call('POST', '/api/v1/orders', body, { 'idempotency-key': randomUUID(), ...language, ...headers }),
  )
const fieldsOf = (problem: Problem): string[] => (problem.errors ?? []).map(({ field, code }) => `${field} ${code}`)

describe('an order', () => {
  test.each<[string, unknown, string]>([
    ['an unknown field', { ...order, coupon: 'X' }, 'coupon unknown'],
    ['an unknown field of an item', withItem({ sku: MUG, quantity: 1, price: 1 }), 'items.0.price unknown'],
    ['an unknown field of the card', withCard({ pin: '0000' }), 'payment.card.pin unknown'],
    ['fields named like methods', { ...order, toString: 1 }, 'toString unknown'],
    ['a missing field', { ...order, payment: undefined }, 'payment required'],
    ['a number for an e-mail', { ...order, email: 7 }, 'email type'],
    ['a list that is an object', { ...order, items: { 0: order.items[0] } }, 'items type'],
    ['a body that is a list', [], 'body type'],
    ['a body that is null', 'null', 'body type'],
    ['a body that is 30,000 lists deep', '['.repeat(30_000) + ']'.repeat(30_000), 'body type'],
    ['quantity 0', withItem({ sku: MUG, quantity: 0 }), 'items.0.quantity too-small'],
    ['quantity 10^9', withItem({ sku: MUG, quantity: 1e9 }), 'items.0.quantity too-big'],
    ['quantity 1.5', withItem({ sku: MUG, quantity: 1.5 }), 'items.0.quantity type'],
    ['quantity "2"', withItem({ sku: MUG, quantity: '2' }), 'items.0.quantity type'],
    ['quantity null', withItem({ sku: MUG, quantity: null }), 'items.0.quantity type'],
    ['quantity 1e400', edited('"quantity":1', '"quantity":1e400'), 'items.0.quantity type'],
    ['a name that comes twice', edited('"quantity":1', '"quantity":1,"quantity":2'), 'items.0.quantity repeated'],
    ['the same product twice', { ...order, items: [order.items[0], order.items[0]] }, 'items duplicate-sku'],
    [
      'a thousand items',
      { ...order, items: Array.from({ length: 1000 }, (_, n) => ({ sku: `AA-${n}`, quantity: 1 })) },
      'items too-big',
    ],
    ['SQL for a SKU', withItem({ sku: "' OR 1=1", quantity: 1 }), 'items.0.sku format'],
    ['a mistyped card number', withCard({ number: '4242424242424241' }), 'payment.card.number card-number'],
    ['a card number that is a number', withCard({ number: 4242424242424242 }), 'payment.card.number type'],
    ['month 13', withCard({ expiry: '13/40' }), 'payment.card.expiry format'],
    ['an expired card', withCard({ expiry: '01/20' }), 'payment.card.expiry card-expired'],
    ['U+0000 in a name', withAddress({ name: 'A\u0000da' }), 'shippingAddress.name format'],
    ['line breaks in an address', withAddress({ city: 'A\r\nB' }), 'shippingAddress.city format'],
    ['half a surrogate pair', edited('Ada Example', String.raw`A\ud800da`), 'shippingAddress.name format'],
    ['a name of blanks', withAddress({ name: '   ' }), 'shippingAddress.name too-small'],
    ['a country in words', withAddress({ country: 'Germany' }), 'shippingAddress.country format'],
  ])('with %s is refused: it names the field', async (_what, body, field) => {
    const problem = await refusedOrder(body)
    expect([400, 422]).toContain(problem.status)
    expect(fieldsOf(problem)).toEqual([field])
  })

  test.each([
    ['nothing', ''],
    ['broken JSON', '{'],
    ['text after the JSON', `${json}x`],
    ['NaN', edited('"quantity":1', '"quantity":NaN')],
    ['__proto__', edited('{"items"', '{"__proto__":{"a":1},"items"')],
    ['__proto__ deep inside', edited('"cvc"', '"__proto__":{"a":1},"cvc"')],
    ['constructor.prototype', edited('{"items"', '{"constructor":{"prototype":{"a":1}},"items"')],
  ])('of %s is no JSON', async (_what, body) => {
    expect(await refusedOrder(body)).toMatchObject({ status: 400, code: 'invalid-json' })
  })

  test('that is not UTF-8 is not read as something else', async () => {
    const [head, tail] = json.split('Ada Example') as [string, string]
    const body = Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xfe]), Buffer.from(tail)])
    const ask = async (language: Record<string, string>): Promise<Answer> => {
      const response = await fetch(`${url}/api/v1/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...language },
        body,
      })
      return { status: response.status, headers: response.headers, body: await response.json() }
    }
    expect(await refused(ask)).toMatchObject({ status: 400, code: 'invalid-json' })
  })

  test('of 1 MB, in another type, or packed is refused before it is read', async () => {
    expect(await refusedOrder(JSON.stringify({ ...order, x: 'x'.repeat(1_000_000) }))).toMatchObject({
      code: 'body-too-large',
      status: 413,
    })
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'application/json, text/plain',
    ]) {
      const problem = await refusedOrder(json, { 'content-type': type })
      expect([problem.status, fieldsOf(problem)], type).toEqual([415, ['Content-Type choice']])
    }
    const packed = await refusedOrder(json, { 'content-encoding': 'gzip' })
    expect([packed.status, fieldsOf(packed)]).toEqual([415, ['Content-Encoding choice']])
  })

  test.each([
    ['none', {}, 'Idempotency-Key required'],
    ['a short one', { 'idempotency-key': 'short' }, 'Idempotency-Key format'],
    ['one with blanks', { 'idempotency-key': 'has blanks inside' }, 'Idempotency-Key format'],
    ['a long one', { 'idempotency-key': 'x'.repeat(201) }, 'Idempotency-Key format'],
  ])('needs an Idempotency-Key: %s', async (_what, key, field) => {
    const problem = await refused((language) => customer.call('POST', '/api/v1/orders', order, { ...language, ...key }))
    expect([problem.status, fieldsOf(problem)]).toEqual([400, [field]])
  })

  test('from another site is refused', async () => {
    for (const from of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
      expect(await refusedOrder(order, from as Record<string, string>)).toMatchObject({
        status: 403,
        code: 'not-allowed',
      })
  })
})

/** Each of these is found out on the way, and the order is kept as the refused one that its Idempotency-Key stands for; no goods and no money move. */
describe('an order that cannot be fulfilled', () => {
  const goodsAndMoney = async (): Promise<unknown[]> => [
    await books.read('inventory', 'SELECT sku, warehouse, on_hand, held FROM stock ORDER BY sku, warehouse'),
    await books.read('payments', 'SELECT account, sum(amount) FROM ledger_entry GROUP BY account ORDER BY account'),
  ]
  const soldOut = async (): Promise<string> =>
    (await customer.products('?limit=100')).items.find((product) => product.stock.available === 0)!.sku

  test.each<[string, () => unknown, number, string]>([
    ['an unknown product', () => orderOf('NO-SUCH'), 422, 'unknown-sku'],
    ['a declined card', () => orderOf(MUG, 1, 'decline'), 402, 'payment-declined'],
    ['a card without cover', () => orderOf(MUG, 1, 'insufficient-funds'), 402, 'payment-declined'],
    [
      'another price than was agreed to',
      () => ({ ...orderOf(MUG), total: { amount: 1, currency: 'EUR' } }),
      409,
      'price-changed',
    ],
    ['a product that is sold out', async () => orderOf(await soldOut()), 409, 'sold-out'],
    [
      'one product of two that is sold out',
      async () => ({ ...order, items: [...order.items, { sku: await soldOut(), quantity: 1 }] }),
      409,
      'sold-out',
    ],
  ])('for %s moves nothing, and the same key is told the same', async (_what, make, status, code) => {
    const before = await goodsAndMoney()
    const body = await make()
    const key = { 'idempotency-key': randomUUID() }
    const first = await customer.call('POST', '/api/v1/orders', body, { ...key, 'accept-language': 'zh-CN' })
    expect(Problem.parse(first.body)).toMatchObject({ status, code, title: expect.stringMatching(/\p{Script=Han}/u) })
    const again = await customer.call('POST', '/api/v1/orders', body, key)
    expect(Problem.parse(again.body)).toMatchObject({ status, code })
    expect(await goodsAndMoney()).toEqual(before)
  })
})

describe('a session cookie', () => {
  test.each([
    ['forged', () => 'meshmart_session=abc.def'],
    ['cut off', () => cookie.slice(0, -4)],
    ['undecodable', () => 'meshmart_session=%E0%A4%A'],
  ])('that is %s opens nothing', async (_what, bad) => {
    const missing = randomUUID()
    for (const [method, path] of [
      ['GET', '/api/v1/session'],
      ['GET', '/api/v1/cart'],
      ['GET', '/api/v1/orders'],
      ['GET', `/api/v1/orders/${missing}/events`],
      ['POST', `/api/v1/orders/${missing}/cancel`],
    ] as const) {
      const problem = await refused((language) =>
        new Customer(url).call(method, path, undefined, { ...language, cookie: bad() }),
      )
      expect([path, problem.status, problem.code]).toEqual([path, 401, 'invalid-session'])
      expect(problem.headers.get('set-cookie')).toMatch(/^meshmart_session=;/)
    }
    const buying = await refused((language) =>
      new Customer(url).call('POST', '/api/v1/orders', order, {
        ...language,
        cookie: bad(),
        'idempotency-key': randomUUID(),
      }),
    )
    expect(buying.code).toBe('invalid-session')
  })
})

describe('an account and a cart', () => {
  const account = { email: `${randomUUID()}@example.com`, name: 'Ada', password: 'correct horse battery' }
  test.each<[string, string, string, unknown, string]>([
    ['a role of its own choice', 'POST', 'accounts', { ...account, role: 'admin' }, 'role unknown'],
    ['a short password', 'POST', 'accounts', { ...account, password: 'short' }, 'password too-small'],
    ['U+0000 in the name', 'POST', 'accounts', { ...account, name: 'A\u0000' }, 'name format'],
    ['no e-mail', 'POST', 'accounts', { ...account, email: 'a b@c' }, 'email format'],
    ['an object for a password', 'POST', 'session', { email: account.email, password: { $ne: '' } }, 'password type'],
    [
      'an unknown SKU in the cart',
      'PUT',
      'cart',
      { items: [{ sku: 'NO-SUCH', quantity: 1 }] },
      'items.0.sku unknown-sku',
    ],
    ['a hundred in the cart', 'PUT', 'cart', { items: [{ sku: MUG, quantity: 100 }] }, 'items.0.quantity too-big'],
  ])('with %s is refused', async (_what, method, path, body, field) => {
    const problem = await refused((language) => customer.call(method, `/api/v1/${path}`, body, language))
    expect(fieldsOf(problem)).toEqual([field])
  })
})

describe('a query', () => {
  test.each([
    ['products?limit=0', 'limit too-small'],
    ['products?limit=101', 'limit too-big'],
    ['products?limit=', 'limit format'],
    ['products?limit=0x10', 'limit format'],
    ['products?limit=1&limit=2', 'limit type'],
    ['products?category=nope', 'category choice'],
    ['products?cursor=zzz', 'cursor format'],
    ['products?colour=red', 'colour unknown'],
    [`products?query=${'x'.repeat(101)}`, 'query too-big'],
    ['orders?cursor=zzz', 'cursor format'],
    ['orders?limit=1e1', 'limit format'],
  ])('%s is refused', async (path, field) => {
    const problem = await refused((language) => customer.call('GET', `/api/v1/${path}`, undefined, language))
    expect([problem.status, fieldsOf(problem)]).toEqual([400, [field]])
  })
})

describe('an address', () => {
  test.each([
    ['PATCH', '/api/v1/cart', 'GET, HEAD, PUT'],
    ['DELETE', '/api/v1/orders', 'GET, HEAD, POST'],
    ['PUT', `/api/v1/products/${MUG}`, 'GET, HEAD'],
    ['GET', `/api/v1/orders/${randomUUID()}/cancel`, 'POST'],
    ['POST', '/api/docs', 'GET, HEAD'],
    ['DELETE', '/favicon.svg', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
  ])('that does not answer %s %s says what it does answer', async (method, path, allow) => {
    const problem = await refused((language) => customer.call(method, path, undefined, language))
    expect([problem.status, problem.code, problem.headers.get('allow')]).toEqual([405, 'method-not-allowed', allow])
  })

  test.each([
    '/api',
    '/api/v1',
    '/api/v2/products',
    '/API/v1/products',
    '/api/v1/products/',
    '/api/v1/orders/x',
    '/api/v1/products/mug',
    '/gone.js',
  ])('%s is nowhere', async (path) => {
    expect(
      await refused((language) => customer.call('GET', path, undefined, { ...language, accept: '*/*' })),
    ).toMatchObject({
      status: 404,
      code: 'not-found',
    })
  })
})
