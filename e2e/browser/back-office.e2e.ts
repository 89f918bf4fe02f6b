/** The back office in a real browser: every page readable by all in both languages, one order found, refunded and seen in its time line, and nobody else let in. */
import { randomUUID } from 'node:crypto'
import type { Order } from '@meshmart/contracts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Customer, demoPassword, MUG, orderOf, signedInAs } from '../testing/client.ts'
import { seriousFindings } from './axe.ts'
import { openBrowser } from './browser.ts'
import { collectComplaints } from './complaints.ts'
import { foreignWords } from './foreign-words.ts'
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
  { path: '/admin/dead-letters', en: 'Dead letters', 'zh-CN': '死信' },
] as const

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

async function openAs(customer: Customer, locale: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale, reducedMotion: 'reduce' })
  const [cookie, value] = customer.cookie!.split('=', 2)
  await context.addCookies([{ name: cookie!, value: value!, url }])
  return { context, page: await context.newPage() }
}

async function confirmedOrder(email: string): Promise<Order> {
  const customer = new Customer(url)
  return customer.decided(await customer.buy({ ...orderOf(MUG, 3), email }))
}

describe.each([
  { locale: 'en-GB', language: 'en' },
  { locale: 'zh-CN', language: 'zh-CN' },
] as const)('a browser that asks for $locale', ({ locale, language }) => {
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let id: string

  beforeAll(async () => {
    ;({ id } = await confirmedOrder(`${randomUUID()}@example.com`))
    ;({ context, page } = await openAs(await signedInAs('admin', shop), locale))
    complaints = await collectComplaints(page, url)
  })
  afterAll(async () => {
    await context?.close()
  })

  test.each(pages)('$path', async ({ path, [language]: heading }) => {
    complaints.length = 0
    await page.goto(url + path.replace(':id', id))
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
