/** From the sale that takes too much to the e-mail in an inbox, over a real SMTP connection; and what staff do about it. */
import { randomUUID } from 'node:crypto'
import { createTestApplication, freePorts, startTestNats } from '@meshmart/service-kit/testing'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InventoryModule } from '../inventory.module.ts'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

const staff = 'account:00000000-0000-4000-8000-000000000001'
let inventory: Inventory
beforeAll(async () => {
  inventory = await openInventory([
    testProduct('WARN-LOW', 10, 4),
    testProduct('WARN-RUSH', 60),
    testProduct('COUNT-ME', 9),
    testProduct('BRING-ME', 9),
  ])
})
afterAll(() => inventory.close())
beforeEach(() => inventory.takeEvents())

const buy = async (sku: string, quantity: number): Promise<void> => {
  const { reservation } = await inventory.stock.reserve({ orderId: randomUUID(), lines: [{ sku, quantity }] })
  await inventory.settlement.settle(reservation.id, 'confirm')
}
const mails = async (words: string): Promise<string[]> => {
  const rows = await inventory.database.query<{ subject: string }>`
    SELECT "subject" FROM "mail" WHERE "subject" LIKE ${`%${words}%`} ORDER BY "created_at"`
  return rows.map(({ subject }) => subject)
}
const lowWarnings = async () => (await openWarnings()).filter((warning) => warning.endsWith(' low'))
const openWarnings = async (): Promise<string[]> =>
  (await inventory.warnings.list(true, 10)).items.map(({ sku, kind }) => `${sku} ${kind}`)

describe('a product at its reorder point', () => {
  it('is warned of once until it was restocked, however many buy at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => buy('WARN-LOW', 1)))
    expect(await lowWarnings()).toEqual(['WARN-LOW low'])
    expect(await mails('Low stock: WARN-LOW')).toEqual(['Low stock: WARN-LOW, 4 pieces left'])
    await inventory.watch.watch()
    expect(await lowWarnings()).toEqual(['WARN-LOW low'])

    const id = randomUUID()
    const request = {
      id,
      warehouse: 'central',
      expectedAt: '2026-11-25T08:00:00Z',
      note: 'by lorry',
      lines: [{ sku: 'WARN-LOW', quantity: 20 }],
    } as const
    const ordered = await inventory.replenishments.order(staff, { ...request, lines: [...request.lines] })
    expect(ordered).toMatchObject({ created: true, replenishment: { state: 'ordered', actor: staff } })
    expect(await inventory.stockOf('WARN-LOW')).toMatchObject({ onHand: 2 })
    await Promise.all(Array.from({ length: 4 }, () => inventory.replenishments.act(id, 'arrive')))
    expect(await inventory.stockOf('WARN-LOW')).toMatchObject({ onHand: 22 })
    await expect(inventory.replenishments.act(id, 'cancel')).rejects.toMatchObject({ code: 'wrong-state' })
    await inventory.watch.watch()
    expect(await lowWarnings()).toEqual([])
    await buy('WARN-LOW', 18)
    expect(await mails('Low stock: WARN-LOW')).toHaveLength(2)
  })
})

describe('a product that sells fast', () => {
  it('is warned of before it is gone, once, and no longer when nobody buys it', async () => {
    for (let sale = 0; sale < 6; sale++) {
      await buy('WARN-RUSH', 4)
      inventory.clock.advance(4 * 60_000)
    }
    await inventory.takeEvents()
    await Promise.all([inventory.watch.watch(), inventory.watch.watch()])
    await inventory.watch.watch()
    expect(await openWarnings()).toContain('WARN-RUSH running-out')
    expect(await mails('WARN-RUSH')).toEqual(['WARN-RUSH will be sold out in about 1 hour'])
    const events = await inventory.takeEvents()
    expect(events).toMatchObject([{ type: 'stock.runs-out', subject: 'WARN-RUSH', data: { available: 36 } }])
    inventory.clock.advance(3 * 60 * 60_000)
    await inventory.watch.watch()
    expect(await openWarnings()).not.toContain('WARN-RUSH running-out')
  })
})

describe('a stock-take', () => {
  it('books the difference with its reason, once', async () => {
    const request = {
      id: randomUUID(),
      warehouse: 'central' as const,
      reason: 'two were broken',
      counts: [{ sku: 'COUNT-ME', counted: 4 }],
    }
    const taken = await Promise.all(Array.from({ length: 3 }, () => inventory.takes.book(staff, request)))
    expect(taken).toEqual(
      Array(3).fill({
        id: request.id,
        warehouse: 'central',
        reason: 'two were broken',
        lines: [{ sku: 'COUNT-ME', counted: 4, booked: 6 }],
      }),
    )
    expect(await inventory.placesOf('COUNT-ME')).toEqual({ central: '4/0', harbour: '3/0', transit: '0/0' })
    expect(await inventory.takeEvents()).toMatchObject([
      { type: 'stock.changed', data: { available: 7, change: -2, cause: 'counted' } },
    ])
    const other = { ...request, counts: [{ sku: 'COUNT-ME', counted: 3 }] }
    await expect(inventory.takes.book(staff, other)).rejects.toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('does not take away what customers hold', async () => {
    await inventory.stock.reserve({ orderId: randomUUID(), lines: [{ sku: 'BRING-ME', quantity: 5 }] })
    const request = {
      id: randomUUID(),
      warehouse: 'central' as const,
      reason: 'a flood',
      counts: [{ sku: 'BRING-ME', counted: 4 }],
    }
    await expect(inventory.takes.book(staff, request)).rejects.toMatchObject({
      code: 'not-enough-stock',
      errors: [{ field: 'counts.0.counted' }],
    })
    expect(await inventory.placesOf('BRING-ME')).toEqual({ central: '6/5', harbour: '3/0', transit: '0/0' })
  })
})

it('every e-mail that is due arrives, and none of them twice, though the server was away and two replicas send', async () => {
  const nats = await startTestNats()
  const [port = 0] = await freePorts(1)
  const start = () =>
    createTestApplication({
      module: InventoryModule,
      settings: {
        MESH_WORKLOAD: 'inventory',
        DATABASE_URL: inventory.urls.url,
        DATABASE_POOL_SIZE: 10,
        SMTP_URL: `smtp://127.0.0.1:${port}`,
        MAIL_FROM: 'shop@meshmart.example',
        STOCK_WARNING_RECIPIENT: 'stock@shop.example',
      },
      clock: inventory.clock,
      nats: nats.connection,
    })
  const apps = await Promise.all([start(), start()])
  const unsent = () =>
    inventory.database.query<{ id: string }>`SELECT "id" FROM "mail" WHERE "sent_at" IS NULL AND "refused" IS NULL`
  const due = (await inventory.database.query<{ id: string }>`SELECT "id" FROM "mail"`).map(({ id }) => id)
  expect((await unsent()).length).toBeGreaterThan(2)
  await inventory.database.execute`
    INSERT INTO "mail" ("id", "due_for", "recipient", "subject", "body", "created_at") VALUES (gen_random_uuid(), 'test', 'nobody@shop.example', '', '', 'epoch')`
  const received: string[] = []
  const inbox = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith('nobody') ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : undefined,
      ),
    onData(stream, _session, done) {
      let text = ''
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
      stream.on('end', () => {
        received.push(/^Message-ID: <([^@]+)@meshmart\.example>\r$/im.exec(text)?.[1] ?? text)
        done()
      })
    },
  })
  await new Promise<void>((resolve) => inbox.listen(port, '127.0.0.1', resolve))
  try {
    await expect.poll(unsent, { timeout: 20_000 }).toEqual([])
    expect(received.toSorted()).toEqual(due.toSorted())
    const refused = await inventory.database.query<{ refused: string }>`
      SELECT "refused" FROM "mail" WHERE "sent_at" IS NULL`
    expect(refused.map(({ refused: words }) => words.includes('no such mailbox'))).toEqual([true])
  } finally {
    await Promise.all(apps.map((app) => app.close()))
    await new Promise<void>((resolve) => inbox.close(resolve))
    await nats.stop()
  }
})
