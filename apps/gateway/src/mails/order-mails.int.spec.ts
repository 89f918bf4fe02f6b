/** E-mails about orders: due with the event that causes them, once, however often it comes. */
import { randomUUID } from 'node:crypto'
import type { EventData, EventType } from '@meshmart/contracts'
import { jetstream } from '@nats-io/jetstream'
import { describe, expect, it, vi } from 'vitest'
import { openShop, shop } from '../testing/open-shop.ts'

openShop()

const publish = async <T extends EventType>(
  type: T,
  data: EventData<T>,
  id: string = randomUUID(),
): Promise<string> => {
  const time = new Date().toISOString()
  const event = { id, type, version: 1, source: 'orders', subject: randomUUID(), time, traceparent: null, data }
  await jetstream(shop.nats.connection).publish(`events.${type}`, JSON.stringify(event))
  return id
}
interface Mail {
  due_for: string
  recipient: string
  subject: string
}
const mailsOf = (id: string) => shop.database.query<Mail>`
  SELECT "due_for", "recipient", "subject" FROM "mail" WHERE "due_for" LIKE ${`%/${id}`} ORDER BY "due_for"`
const handled = (id: string) =>
  vi.waitFor(
    async () => expect(await shop.database.query`SELECT 1 FROM "inbox" WHERE "event_id" = ${id}::uuid`).toHaveLength(1),
    10_000,
  )

const customerId = `account:${randomUUID()}`
const email = 'ada@example.org'
const money = { amount: 1_850, currency: 'EUR' }
const lines = [{ sku: 'MUG-DAWN', quantity: 1 }]

describe('an order that', () => {
  it('is confirmed and then cancelled makes two e-mails, each once, though the events come twice', async () => {
    const orderId = randomUUID()
    const confirmed = { orderId, customerId, total: money, email, lines }
    const eventId = await publish('order.confirmed', confirmed)
    await publish('order.confirmed', confirmed, eventId)
    // The same news under another id: the e-mail is the order's and not the event's.
    await publish('order.confirmed', confirmed)
    await handled(await publish('order.cancelled', { ...confirmed, cause: 'customer' }))
    await vi.waitFor(async () =>
      expect(await mailsOf(orderId)).toEqual([
        {
          due_for: `order-cancelled/${orderId}`,
          recipient: email,
          subject: expect.stringContaining('Your order is cancelled'),
        },
        {
          due_for: `order-confirmed/${orderId}`,
          recipient: email,
          subject: expect.stringContaining('Your order is confirmed'),
        },
      ]),
    )
  })

  it('is declined makes one', async () => {
    const orderId = randomUUID()
    await handled(await publish('order.rejected', { orderId, customerId, email, cause: 'declined' }))
    expect(await mailsOf(orderId)).toMatchObject([{ due_for: `order-rejected/${orderId}`, recipient: email }])
  })

  it('comes back makes one for each return, and none more when nothing of it is left', async () => {
    const orderId = randomUUID()
    const returns = [randomUUID(), randomUUID()]
    for (const returnId of returns)
      await handled(await publish('order.returned', { orderId, returnId, customerId, refund: money, email, lines }))
    await handled(
      await publish('order.cancelled', {
        orderId,
        customerId,
        total: { ...money, amount: 0 },
        email,
        lines: [],
        cause: 'returned',
      }),
    )
    for (const returnId of returns)
      expect(await mailsOf(returnId)).toMatchObject([{ due_for: `order-returned/${returnId}`, recipient: email }])
    expect(await mailsOf(orderId)).toEqual([])
  })
})
