/** What staff and admins do over the public API, through the whole shop: events that were given up, the auditor's word, and goods that move. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  DeadLetterList,
  DeadLetterOutcome,
  LastAudit,
  ShopFigures,
  StaffOrder,
  StaffOrderList,
  StockMovementPage,
  StockOfProduct,
  Transfer,
  type DeadLetter,
} from '@meshmart/contracts'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { rules } from '../audit/books.ts'
import { Customer, MUG, orderOf, signedInAs } from '../testing/client.ts'
import { QUIET } from '../testing/public-api.ts'
import { clone } from '../testing/shop-under-test.ts'
import { connectAsSuperuser } from '../testing/superuser.ts'

const shop = inject('shop')
let staff: Customer
let admin: Customer
beforeAll(async () => {
  staff = await signedInAs('staff', shop)
  admin = await signedInAs('admin', shop)
})
const read = async (path: string, who = staff) => (await who.call('GET', `/api/v1/admin/${path}`)).body
const act = (path: string, body?: object, who = staff) => who.call('POST', `/api/v1/admin/${path}`, body)

test('an order is found by its e-mail and cancelled by staff; its customer sees that it was staff', async () => {
  const email = `${randomUUID()}@example.com`
  const customer = new Customer(shop.url)
  const { id, total } = await customer.decided(await customer.buy({ ...orderOf(MUG), email }))
  const { items } = StaffOrderList.parse(await read(`orders?search=${encodeURIComponent(email)}`))
  expect(items).toMatchObject([{ id, state: 'confirmed', total }])
  const cancelled = StaffOrder.parse((await act(`orders/${id}/cancel`)).body)
  expect(cancelled.actions).toMatchObject([{ action: 'cancel', actor: { name: 'Demo Staff' } }])
  expect((await customer.call('GET', `/api/v1/orders/${id}`)).body).toMatchObject({
    state: 'cancelled',
    history: expect.arrayContaining([expect.objectContaining({ state: 'cancelled', cause: 'staff' })]),
  })
  const { points } = ShopFigures.parse(await read('figures?bucket=hour&count=2'))
  expect(points.reduce((sum, { placed }) => sum + placed, 0)).toBeGreaterThan(0)
})

describe('a poison event', () => {
  const lettersAbout = async (event: string): Promise<DeadLetter[]> => {
    const { letters } = DeadLetterList.parse(await read('dead-letters?limit=100', admin))
    return letters.filter((letter) => JSON.stringify(letter.event).includes(event))
  }
  /** Every service that hears events gives up what it cannot read; here the gateway's is looked at. */
  const ofGateway = async (event: string) => (await lettersAbout(event)).filter(({ service }) => service === 'gateway')

  test('is seen, replayed while its reason stands, comes back, and is thrown away', async () => {
    const event = randomUUID()
    // Of a type that nobody has to act on, so that its row may stay: an event in the stream that no outbox knows would be one that nobody has decided.
    const inventory = await connectAsSuperuser(shop.home, 'inventory')
    try {
      await inventory.query(
        `INSERT INTO outbox (id, type, subject, data, occurred_at) VALUES ($1::uuid, 'stock.changed', $1::text, '{"poison": true}', now())`,
        [event],
      )
      await expect.poll(() => ofGateway(event), { timeout: 20_000 }).toHaveLength(1)
      const [first] = await ofGateway(event)
      expect(first).toMatchObject({ service: 'gateway', subject: 'events.stock.changed' })
      expect((await act('dead-letters/replay', { sequences: [first!.sequence] }, staff)).status).toBe(403)
      const replayed = DeadLetterOutcome.parse(
        (await act('dead-letters/replay', { sequences: [first!.sequence] }, admin)).body,
      )
      expect(replayed).toEqual({ done: [first!.sequence], missing: [] })
      const back = async () => (await ofGateway(event)).map(({ sequence }) => sequence > first!.sequence)
      await expect.poll(back, { timeout: 20_000 }).toEqual([true])
      const [second] = await ofGateway(event)
      const discarded = await act('dead-letters/discard', { sequences: [second!.sequence, first!.sequence] }, admin)
      expect(DeadLetterOutcome.parse(discarded.body)).toEqual({ done: [second!.sequence], missing: [first!.sequence] })
      expect(await ofGateway(event)).toEqual([])
    } finally {
      await inventory.end()
      const sequences = (await lettersAbout(event)).map(({ sequence }) => sequence)
      if (sequences.length > 0) await act('dead-letters/discard', { sequences }, admin)
    }
  })
})

test('the auditor’s word is shown as it was given: when, over how much, and with what it found', async () => {
  const before = new Date()
  const asked = ['--home', shop.home, '--url', shop.url, '--patience', '20']
  const { status } = spawnSync(process.execPath, ['e2e/audit/audit.ts', ...asked], { cwd: clone, encoding: 'utf8' })
  const { verdict } = LastAudit.parse(await read('audit'))
  expect(Date.parse(verdict!.startedAt)).toBeGreaterThanOrEqual(before.getTime())
  expect(verdict).toMatchObject({ rules: rules.length })
  expect(verdict!.orders).toBeGreaterThan(0)
  expect(verdict!.violationCount === 0 ? 0 : 1).toBe(status)
})

test('goods move to the other warehouse, and the movements say who moved them', async () => {
  const stockOf = async () => StockOfProduct.parse(await read(`stock/${QUIET}`))
  const pieces = ({ places }: StockOfProduct) =>
    Object.fromEntries(places.map(({ warehouse, onHand }) => [warehouse, onHand]))
  const before = pieces(await stockOf())
  const note = `moved ${randomUUID()}`
  const body = {
    id: randomUUID(),
    source: 'central',
    destination: 'harbour',
    note,
    lines: [{ sku: QUIET, quantity: 2 }],
  }
  const { id } = Transfer.parse((await act('transfers', body)).body)
  expect(Transfer.parse((await act('transfers', body)).body).id).toBe(id)
  expect(Transfer.parse((await act(`transfers/${id}/ship`)).body).state).toBe('shipped')
  expect(pieces(await stockOf())).toEqual({
    ...before,
    central: before['central']! - 2,
    transit: before['transit']! + 2,
  })
  expect(Transfer.parse((await act(`transfers/${id}/receive`)).body).state).toBe('received')
  expect((await act(`transfers/${id}/cancel`)).body).toMatchObject({ status: 409, code: 'wrong-state' })
  const { items } = StockMovementPage.parse(await read(`stock/${QUIET}/movements?limit=4`))
  expect(items.map(({ document }) => document?.note)).toEqual([note, note, note, note])
  const account = (await staff.call('GET', '/api/v1/account')).body as { id: string }
  expect(items[0]?.document?.actor).toBe(`account:${account.id}`)
})
