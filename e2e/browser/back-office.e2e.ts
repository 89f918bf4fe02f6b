/**
 * The back office in a real browser: every page readable by all in both languages, one order found, refunded and seen in its time line, its e-mail
 * read, a refused refund tried again, events that were given up replayed and thrown away, and nobody else let in.
 */
import { randomUUID } from 'node:crypto'
import { DeadLetterList, MailboxPage, type EventEnvelope, type MailboxDetail, type Order } from '@meshmart/contracts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { bury } from '../testing/bury.ts'
import { Customer, demoPassword, MUG, orderOf, signedInAs } from '../testing/client.ts'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { seriousFindings } from './axe.ts'
import { openBrowser } from './browser.ts'
import { collectComplaints } from './complaints.ts'
import { foreignWords } from './foreign-words.ts'
import { openAs as open } from './open-as.ts'
import { overflow } from './overflow.ts'

const shop = inject('shop')
const { url } = shop
const widths = [360, 768, 1280]

/** Address, and the heading by which the page is known to be there: English, Chinese. */
const pages = [
  { path: '/admin', en: 'Back office', 'zh-CN': '后台' },
  { path: '/admin/orders', en: 'Orders', 'zh-CN': '订单' },
  { path: '/admin/orders/:id', en: /^Order /, 'zh-CN': /^订单/ },
  { path: '/admin/products', en: 'Products', 'zh-CN': '商品' },
  { path: `/admin/products/${MUG}`, en: 'Dawn mug', 'zh-CN': '破晓马克杯' },
  { path: '/admin/supply', en: 'Supply', 'zh-CN': '补货与调拨' },
  { path: '/admin/mails', en: 'E-mails', 'zh-CN': '邮件' },
  { path: '/admin/mails/:mail', en: /^E-mail \d+$/, 'zh-CN': /^邮件 \d+$/ },
  { path: '/admin/dead-letters', en: 'Dead letters', 'zh-CN': '死信' },
] as const

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

const openAs = (customer: Customer, locale: string) => open(browser, url, customer, locale)

async function confirmedOrder(email: string): Promise<Order> {
  const customer = new Customer(url)
  return customer.decided(await customer.buy({ ...orderOf(MUG, 3), email }))
}

/** The number of the first e-mail to an address, once it has come. */
async function mailTo(email: string, staff: Customer): Promise<number> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const page = MailboxPage.parse((await staff.call('GET', '/api/v1/admin/mails?limit=100')).body)
    const mail = page.items.find(({ to }) => to.includes(email))
    if (mail !== undefined) return mail.id
    if (Date.now() > deadline) throw new Error(`no e-mail to ${email} within 20 s`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

describe.each([
  { locale: 'en-GB', language: 'en' },
  { locale: 'zh-CN', language: 'zh-CN' },
] as const)('a browser that asks for $locale', ({ locale, language }) => {
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let id: string
  let mail: number

  beforeAll(async () => {
    const email = `${randomUUID()}@example.com`
    const admin = await signedInAs('admin', shop)
    ;({ id } = await confirmedOrder(email))
    mail = await mailTo(email, admin)
    ;({ context, page } = await openAs(admin, locale))
    complaints = await collectComplaints(page, url)
  })
  afterAll(async () => {
    await context?.close()
  })

  test.each(pages)('$path', async ({ path, [language]: heading }) => {
    complaints.length = 0
    await page.goto(url + path.replace(':id', id).replace(':mail', String(mail)))
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
    expect(await foreignWords(page, language, ['Meshmart', 'visa', 'Demo Admin'])).toEqual([])
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      expect(await overflow(page), `pixels too wide at ${width} px`).toBe(0)
      expect(await seriousFindings(page), `axe at ${width} px`).toEqual([])
    }
    expect(complaints).toEqual([])
  })
})

test('staff sign in, find an order by what the customer says, refund it, and see why in its time line', async () => {
  const email = `${randomUUID()}@example.com`
  const { id } = await confirmedOrder(email)
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  const loaded: string[] = []
  page.on('request', (request) => loaded.push(request.url()))

  await page.goto(`${url}/`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  expect(
    loaded.filter((each) => /office/.test(each)),
    'customers do not download the back office',
  ).toEqual([])
  await page.goto(`${url}/admin/orders`)
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  await page.getByRole('textbox', { name: 'E-mail' }).fill('staff@meshmart.example')
  await page.getByLabel('Password').fill(demoPassword(shop.home))
  await page.getByRole('button', { name: 'Sign in' }).click()

  await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
  await page.getByRole('searchbox', { name: 'Find an order' }).fill(email)
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByText('1 order shown').waitFor()
  await page.getByRole('link', { name: `Order ${id.slice(-6).toUpperCase()}` }).click()

  const timeline = page.getByRole('listitem')
  await page.getByRole('spinbutton', { name: 'Dawn mug, at most 3' }).fill('1')
  await page.getByRole('button', { name: 'Refund these' }).click()
  await timeline.filter({ hasText: 'Demo Staff asked to refund some pieces' }).waitFor()
  await timeline.filter({ hasText: 'They are back, and so is their money' }).waitFor()
  await page.getByRole('spinbutton', { name: 'Dawn mug, at most 2' }).waitFor()

  await page.getByRole('button', { name: 'Cancel and refund it all' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Yes, cancel and refund it' }).click()
  await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor()
  await timeline.filter({ hasText: 'Demo Staff asked to cancel and refund it' }).waitFor()
  await timeline.filter({ hasText: 'Became “Cancelled” because of the staff' }).waitFor()
  await page.getByText('Nothing more is to be done with this order.').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  // Dead letters are for admins.
  expect(await page.getByRole('link', { name: 'Dead letters' }).count()).toBe(0)
  await page.goto(`${url}/admin/dead-letters`)
  await page.getByRole('heading', { level: 1, name: 'This is for admins.' }).waitFor()
  await context.close()
}, 60_000)

test('staff see that the acquirer refuses a refund, and have it tried again once that is settled', async () => {
  const { id } = await confirmedOrder(`${randomUUID()}@example.com`)
  const payments = await connectAsSuperuser(shop.home, 'payments')
  const { rows } = await payments.query<{ id: string }>('SELECT id FROM payment_intent WHERE order_id = $1', [id])
  await payments.end()
  /** As if somebody had given the money back at the acquirer, past the shop, or had taken that back. */
  const givenBackThere = async (isGivenBack: boolean) => {
    const acquirer = await connectAsSuperuser(shop.home, 'acquirer')
    const refunded = isGivenBack ? 'captured' : '0'
    const { rowCount } = await acquirer.query(`UPDATE charge SET refunded = ${refunded} WHERE reference = $1`, [
      rows[0]!.id,
    ])
    expect(rowCount).toBe(1)
    await acquirer.end()
  }
  const { context, page } = await openAs(await signedInAs('staff', shop), 'en-GB')
  const timeline = page.getByRole('listitem')
  try {
    await givenBackThere(true)
    await page.goto(`${url}/admin/orders/${id}`)
    await page.getByRole('button', { name: 'Cancel and refund it all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Yes, cancel and refund it' }).click()
    await timeline
      .filter({ hasText: 'Undoing: refused.' })
      .filter({ hasText: 'the acquirer refused to refund' })
      .waitFor()
    await page.getByRole('status').filter({ hasText: 'Being cancelled' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  } finally {
    await givenBackThere(false)
  }
  await page.getByRole('button', { name: 'Try the step again now' }).click()
  await timeline.filter({ hasText: 'asked to try the step again now' }).waitFor()
  const cancelled = page.getByRole('status').filter({ hasText: /^Cancelled$/ })
  await expect
    .poll(
      async () => {
        await page.getByRole('button', { name: 'Look again' }).click()
        await page.locator('.skeleton').first().waitFor({ state: 'detached' })
        return cancelled.count()
      },
      { timeout: 20_000 },
    )
    .toBe(1)
  await page.getByText('Nothing more is to be done with this order.').waitFor()
  await context.close()
})

test('staff read what a customer was told by e-mail, from the navigation to its text', async () => {
  const email = `${randomUUID()}@example.com`
  const { id } = await confirmedOrder(email)
  const staff = await signedInAs('staff', shop)
  const number = await mailTo(email, staff)
  const { context, page } = await openAs(staff, 'en-GB')
  await page.goto(`${url}/admin`)
  await page.getByRole('link', { name: 'E-mails' }).click()
  await page.getByRole('heading', { level: 1, name: 'E-mails' }).waitFor()
  await page.getByRole('row').filter({ hasText: email }).getByRole('link', { name: 'Your order is confirmed' }).click()
  await page.getByRole('heading', { level: 1, name: `E-mail ${number}` }).waitFor()
  const text = page.getByRole('region', { name: 'What it says' })
  await text.getByText(`Order ${id}`).first().waitFor()
  await text.getByText(`3 × ${MUG}`).first().waitFor()
  await page.getByRole('definition').filter({ hasText: email }).waitFor()
  expect(await page.getByText('came 2 times').count()).toBe(0)
  await page.setViewportSize({ width: 360, height: 900 })
  await page.getByText('As it came').click()
  await page.getByText('Content-Type: text/plain').waitFor()
  expect(await overflow(page), 'pixels too wide at 360 px').toBe(0)
  expect(await seriousFindings(page)).toEqual([])
  await context.close()
})

test('an e-mail stays text whatever is in it, and that it came twice is said', async () => {
  const email = `${randomUUID()}@example.com`
  await confirmedOrder(email)
  const staff = await signedInAs('staff', shop)
  const number = await mailTo(email, staff)
  const { context, page } = await openAs(staff, 'en-GB')
  const complaints = await collectComplaints(page, url)
  const markup = '<img src="/nothing" onerror="document.title = 1"><b>bold</b>'
  // What the shop itself never sends.
  const strange = { subject: markup, text: markup, source: markup, copies: 2 } satisfies Partial<MailboxDetail>
  await page.route(`**/api/v1/admin/mails/${number}`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...((await response.json()) as MailboxDetail), ...strange } })
  })
  await page.goto(`${url}/admin/mails/${number}`)
  await page.getByText('came 2 times').waitFor()
  const main = page.locator('.office__page')
  expect(await main.getByText(markup, { exact: true }).count()).toBe(3)
  expect(await main.locator('img, b').count()).toBe(0)
  expect(await seriousFindings(page)).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})

test('a shop that has no mailbox says so, and an e-mail that is not kept is not there', async () => {
  const { context, page } = await openAs(await signedInAs('staff', shop), 'en-GB')
  await page.goto(`${url}/admin/mails/999999`)
  await page.getByRole('heading', { level: 1, name: 'This e-mail is not here.' }).waitFor()
  // So the gateway answers where it has no key of a mailbox (mailbox.client.spec.ts).
  const problem = { type: '/problems/not-found', title: 'There is nothing here.', status: 404, code: 'not-found' }
  await page.route('**/api/v1/admin/mails', (route) =>
    route.fulfill({ status: 404, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  )
  await page.getByRole('navigation', { name: 'Back office' }).getByRole('link', { name: 'E-mails' }).click()
  await page.getByRole('heading', { level: 1, name: 'This shop has no mailbox to look into.' }).waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await context.close()
})

describe('dead letters', () => {
  /** Confirmed and, by its outbox, published; no service has heard of it. */
  async function unheardOf(email: string): Promise<EventEnvelope> {
    const [id, orderId, time] = [randomUUID(), randomUUID(), new Date().toISOString()]
    const total = { amount: 1_900, currency: 'EUR' }
    const data = { orderId, customerId: `guest:${randomUUID()}`, total, email, lines: [{ sku: MUG, quantity: 1 }] }
    const orders = await connectAsSuperuser(shop.home, 'orders')
    await orders.query(
      `INSERT INTO outbox (id, type, subject, data, occurred_at, published_at) VALUES ($1, 'order.confirmed', $2, $3, $4, now())`,
      [id, orderId, JSON.stringify(data), time],
    )
    await orders.end()
    const attributes = { version: 1, source: 'orders', subject: orderId, time, traceparent: null } as const
    return { id, type: 'order.confirmed', ...attributes, data }
  }
  async function poison(): Promise<string> {
    const id = randomUUID()
    const inventory = await connectAsSuperuser(shop.home, 'inventory')
    await inventory.query(
      `INSERT INTO outbox (id, type, subject, data, occurred_at) VALUES ($1::uuid, 'stock.changed', $1::text, '{"poison": true}', now())`,
      [id],
    )
    await inventory.end()
    return id
  }
  const lettersOf = async (admin: Customer, event: string): Promise<number[]> => {
    const { letters } = DeadLetterList.parse((await admin.call('GET', '/api/v1/admin/dead-letters?limit=100')).body)
    return letters.filter((each) => JSON.stringify(each.event).includes(event)).map(({ sequence }) => sequence)
  }
  const handlings = async (event: string): Promise<number> => {
    const gateway = await connectAsSuperuser(shop.home, 'gateway')
    const { rowCount } = await gateway.query('SELECT FROM inbox WHERE event_id = $1', [event])
    await gateway.end()
    return rowCount ?? 0
  }

  test('an admin sees why events were given up, replays one, which is handled, and throws another one away', async () => {
    const admin = await signedInAs('admin', shop)
    const email = `${randomUUID()}@example.com`
    const event = await unheardOf(email)
    const why = { reason: 'it failed 50 times', error: 'Error: the table of e-mails was locked' }
    const replayed = await bury(shop.home, 'gateway', event, why)
    const poisoned = await poison()
    // Every service that hears events gives up what it cannot read.
    await expect.poll(() => lettersOf(admin, poisoned), { timeout: 20_000 }).toHaveLength(2)
    const discarded = await lettersOf(admin, poisoned)

    const { context, page } = await openAs(admin, 'en-GB')
    const complaints = await collectComplaints(page, url)
    await page.goto(`${url}/admin`)
    await page.getByRole('link', { name: 'Dead letters' }).click()
    const letter = (sequence: number) => page.getByRole('article', { name: new RegExp(`^${sequence} events\\.`) })
    const said = (words: string) => page.getByRole('status').filter({ hasText: words }).waitFor()

    await letter(replayed).getByText('it failed 50 times: Error: the table of e-mails was locked').waitFor()
    await letter(replayed).getByText('The whole event').click()
    await letter(replayed).getByText(email).waitFor()
    expect(await handlings(event.id)).toBe(0)
    await letter(replayed).getByRole('button', { name: 'Replay' }).click()
    await said('Replayed.')
    await letter(replayed).waitFor({ state: 'detached' })
    await expect.poll(() => handlings(event.id), { timeout: 20_000 }).toBe(1)
    // What should have followed from it follows.
    await mailTo(email, admin)

    const dialog = page.getByRole('dialog', { name: 'Throw this event away?' })
    for (const sequence of discarded) {
      await letter(sequence).getByText('it cannot be read: ').waitFor()
      await letter(sequence).getByRole('button', { name: 'Throw away' }).click()
      await dialog.getByRole('button', { name: 'Leave it' }).click()
      await dialog.waitFor({ state: 'hidden' })
      expect(await letter(sequence).count()).toBe(1)
      await letter(sequence).getByRole('button', { name: 'Throw away' }).click()
      await dialog.getByRole('button', { name: 'Yes, throw it away' }).click()
      await said('Thrown away.')
      await letter(sequence).waitFor({ state: 'detached' })
    }

    await page.reload()
    await page.getByText(/^(There are none: every event was handled|\d+ dead letters?)/).waitFor()
    for (const sequence of [replayed, ...discarded]) expect(await letter(sequence).count()).toBe(0)
    expect([...(await lettersOf(admin, event.id)), ...(await lettersOf(admin, poisoned))]).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })

  test('who comes second is told that the letter is not there any more', async () => {
    const admin = await signedInAs('admin', shop)
    const poisoned = await poison()
    await expect.poll(() => lettersOf(admin, poisoned), { timeout: 20_000 }).toHaveLength(2)
    const sequences = await lettersOf(admin, poisoned)
    const { context, page } = await openAs(admin, 'en-GB')
    await page.goto(`${url}/admin/dead-letters`)
    const letter = page.getByRole('article', { name: new RegExp(`^${sequences[0]} events\\.`) })
    await letter.getByText('The whole event').click()
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      expect(await overflow(page), `pixels too wide at ${width} px`).toBe(0)
      expect(await seriousFindings(page), `axe at ${width} px`).toEqual([])
    }
    expect((await admin.call('POST', '/api/v1/admin/dead-letters/discard', { sequences })).status).toBe(200)
    await letter.getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('status').filter({ hasText: 'Somebody else was faster' }).waitFor()
    await letter.waitFor({ state: 'detached' })
    await context.close()
  })
})

test('a customer is told that this is not for them, and asks the shop for nothing that is not theirs', async () => {
  const customer = new Customer(url)
  const account = { email: `${randomUUID()}@example.com`, name: 'Eve', password: 'correct horse battery' }
  expect((await customer.call('POST', '/api/v1/accounts', account)).status).toBe(201)
  const { context, page } = await openAs(customer, 'en-GB')
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/admin/')) asked.push(request.url())
  })
  await page.goto(`${url}/admin/orders`)
  await page.getByRole('heading', { level: 1, name: 'This is for the people who work here.' }).waitFor()
  expect(await page.getByRole('link', { name: 'Back office' }).count()).toBe(0)
  expect(asked).toEqual([])
  expect((await customer.call('GET', '/api/v1/admin/orders')).status).toBe(403)
  expect(await seriousFindings(page)).toEqual([])
  await context.close()
})
