/** E-mails from the purchase to the back office, over real SMTP; also where the mailbox is killed in between. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MailboxDetail, MailboxPage, Order } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { pidsOf } from '../testing/processes.ts'

const { url, home } = inject('shop')
const staff = new Customer(url)
let books: Books

beforeAll(async () => {
  const password = readFileSync(join(home, 'secrets/demo-password'), 'utf8').trim()
  const signedIn = await staff.call('POST', '/api/v1/session', { email: 'staff@meshmart.example', password })
  expect(signedIn.status).toBe(201)
  books = await Books.open(home, url)
})
afterAll(() => books?.close())

const mailsTo = async (email: string) => {
  const page = MailboxPage.parse((await staff.call('GET', '/api/v1/admin/mails?limit=100')).body)
  return page.items.filter(({ to }) => to.includes(email))
}
/** The subjects of what was sent to an address, oldest first, once there are so many. */
async function subjects(email: string, count: number): Promise<string[]> {
  await expect.poll(async () => (await mailsTo(email)).length, { timeout: 20_000 }).toBe(count)
  return (await mailsTo(email)).map(({ subject }) => subject).toReversed()
}
const buyer = (behaviour: 'approve' | 'decline') => {
  const email = `${randomUUID()}@example.com`
  return { email, order: { ...orderOf(MUG, 1, behaviour), email }, customer: new Customer(url) }
}

describe('an order', () => {
  test('that is confirmed and cancelled is told of twice, without a card', async () => {
    const { email, order, customer } = buyer('approve')
    const { id } = await customer.decided(await customer.buy(order))
    expect(await subjects(email, 1)).toEqual([expect.stringContaining('Your order is confirmed')])
    const [entry] = await mailsTo(email)
    const mail = MailboxDetail.parse((await staff.call('GET', `/api/v1/admin/mails/${entry!.id}`)).body)
    expect(mail.text).toContain(id)
    expect(mail.text).toContain(`1 × ${MUG}`)
    const { number, cvc } = order.payment.card
    for (const secret of [number, number.slice(-4), order.shippingAddress.line1])
      expect(mail.source).not.toContain(secret)
    expect(mail.text).not.toMatch(new RegExp(`\\b${cvc}\\b`))
    const cancelled = await customer.call('POST', `/api/v1/orders/${id}/cancel`)
    expect([200, 202]).toContain(cancelled.status)
    expect((await subjects(email, 2))[1]).toContain('Your order is cancelled')
  })

  test('that is declined is told of once', async () => {
    const { email, order, customer } = buyer('decline')
    expect((await customer.buy(order)).status).toBe(402)
    expect(await subjects(email, 1)).toEqual([expect.stringContaining('could not be completed')])
  })

  test('is told of though the mailbox was killed, once, and the auditor agrees', async () => {
    const { email, order, customer } = buyer('approve')
    const before = pidsOf(home)['mailbox']!
    process.kill(before, 'SIGKILL')
    const orders = await Promise.all(
      Array.from({ length: 5 }, async () => Order.parse(await customer.decided(await customer.buy(order)))),
    )
    expect(orders.map(({ state }) => state)).toEqual(Array(5).fill('confirmed'))
    await expect.poll(() => pidsOf(home)['mailbox'], { timeout: 20_000 }).not.toBe(before)
    await expect
      .poll(
        () =>
          mailsTo(email).then(
            (mails) => mails.length,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(5)
    expect(await books.settled()).toEqual([])
  })
})

test('nobody but staff sees e-mails', async () => {
  const customer = new Customer(url)
  expect((await customer.call('GET', '/api/v1/admin/mails')).status).toBe(401)
  await customer.call('POST', '/api/v1/accounts', {
    email: `${randomUUID()}@example.com`,
    name: 'Ada',
    password: 'correct horse battery',
  })
  expect((await customer.call('GET', '/api/v1/admin/mails')).status).toBe(403)
  expect((await customer.call('GET', '/api/v1/admin/mails/1')).status).toBe(403)
})

test('the mailbox is small', () => {
  const rollup = readFileSync(`/proc/${pidsOf(home)['mailbox']!}/smaps_rollup`, 'utf8')
  const megabytes = Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1]) / 1024
  console.log(`mailbox: ${megabytes.toFixed(1)} MB`)
  expect(megabytes).toBeLessThan(60)
})
