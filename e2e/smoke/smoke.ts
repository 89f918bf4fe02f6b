/** `npm run smoke -- --url URL`: buys a mug through the public API of whatever runs there and checks the result. Exit code 0 or 1. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Journey, Order, Problem } from '@meshmart/contracts'
import { Customer, MUG, orderOf } from '../testing/client.ts'

const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:8080' } } })

function check(what: string, fits: boolean, saw: unknown): void {
  if (!fits) throw new Error(`${what}, but: ${JSON.stringify(saw)}`)
  console.log(`ok  ${what}`)
}

async function smoke(url: string): Promise<void> {
  const customer = new Customer(url)
  const page = await customer.products('?limit=100')
  check('the catalogue has at least 24 products', page.items.length >= 24, page.items.length)
  const found = await customer.products('?query=mug')
  check(
    'the search finds a mug',
    found.items.some((product) => product.sku === MUG),
    found.items.map((product) => product.sku),
  )
  const before = page.items.find((product) => product.sku === MUG)!.stock.available

  const key = randomUUID()
  const order = await customer.decided(await customer.buy(orderOf(MUG), key))
  check('the order is confirmed', order.state === 'confirmed', order)
  const price = page.items.find((product) => product.sku === MUG)!.price
  check(
    'it costs what the catalogue says',
    order.total.amount === price.amount && order.total.currency === price.currency,
    order.total,
  )
  const again = await customer.buy(orderOf(MUG), key)
  check('the same key buys nothing again', Order.parse(again.body).id === order.id, again)
  const after = (await customer.products('?limit=100')).items.find((product) => product.sku === MUG)!.stock.available
  check('one mug less is in stock', after === before - 1, { before, after })

  const declined = await customer.buy(orderOf(MUG, 1, 'decline'))
  check(
    'a declined card is refused with 402',
    declined.status === 402 && Problem.parse(declined.body).code === 'payment-declined',
    declined,
  )
  const hops = await journeyOf(customer, order.id)
  const called = hops.map((hop) => hop.to)
  check(
    'the journey shows orders, inventory and payments',
    ['orders', 'inventory', 'payments'].every((name) => called.includes(name)),
    called,
  )
  const inside = hops.filter((hop) => hop.depth > 0)
  check(
    'every call between services was mutual TLS',
    inside.every((hop) => hop.mtls && hop.identity?.startsWith('spiffe://') === true),
    inside,
  )
}

/** Spans arrive a moment after the answer. */
async function journeyOf(customer: Customer, id: string): Promise<Journey['hops']> {
  for (let tries = 0; ; tries++) {
    const answer = await customer.call('GET', `/api/v1/orders/${id}/journey`)
    const journey = Journey.safeParse(answer.body)
    if (journey.data?.complete === true) return journey.data.hops
    if (tries === 100) throw new Error(`the journey is not complete after 10 s: ${JSON.stringify(answer.body)}`)
    await sleep(100)
  }
}

try {
  await smoke(values.url.replace(/\/$/, ''))
} catch (error) {
  console.error(`not ok  ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
