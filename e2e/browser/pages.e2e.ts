/** Every page, in both languages, on a phone, a tablet and a desk: readable by all, no wider than the screen, quiet under its strict policy. */
import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { seriousFindings } from './axe.ts'
import { openBrowser } from './browser.ts'
import { collectComplaints } from './complaints.ts'
import { foreignWords } from './foreign-words.ts'
import { overflow } from './overflow.ts'

const { url } = inject('shop')
const widths = [360, 768, 1280]

/** Address, and the heading by which the page is known to be there: English, Chinese. */
const pages = [
  { path: '/', en: 'Plain things, made to be used every day.', 'zh-CN': '朴素好物，日日可用。' },
  { path: `/products/${MUG}`, en: 'Dawn mug', 'zh-CN': '破晓马克杯' },
  { path: '/cart', en: 'Your cart', 'zh-CN': '购物车' },
  { path: '/checkout', en: 'Checkout', 'zh-CN': '结账' },
  { path: '/sign-in', en: 'Sign in', 'zh-CN': '登录' },
  { path: '/register', en: 'Create account', 'zh-CN': '注册账户' },
  { path: '/account', en: 'My account', 'zh-CN': '我的账户' },
  { path: '/orders', en: 'My orders', 'zh-CN': '我的订单' },
  { path: '/nowhere', en: 'There is nothing here.', 'zh-CN': '这里什么都没有。' },
  { path: '/orders/:id', en: 'Thank you. Everything is settled.', 'zh-CN': '谢谢惠顾，一切办妥。' },
] as const

const request = orderOf(MUG)
const { name, line1, city } = request.shippingAddress
const services = ['gateway', 'orders', 'inventory', 'payments']
const names = ['Meshmart', 'visa', ...services, name, line1, city, request.email]

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

describe.each([
  { locale: 'en-GB', language: 'en' },
  { locale: 'zh-CN', language: 'zh-CN' },
] as const)('a browser that asks for $locale', ({ locale, language }) => {
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let orderId: string
  const email = `${randomUUID()}@example.com`

  beforeAll(async () => {
    const customer = new Customer(url)
    orderId = (await customer.decided(await customer.buy(request))).id
    expect((await customer.call('PUT', '/api/v1/cart', { items: request.items })).status).toBe(200)
    const account = { email, name, password: 'correct horse battery' }
    expect((await customer.call('POST', '/api/v1/accounts', account)).status).toBe(201)
    expect((await customer.call('POST', '/api/v1/account/addresses', request.shippingAddress)).status).toBe(201)
    const [cookie, value] = customer.cookie!.split('=', 2)
    context = await browser.newContext({ locale, reducedMotion: 'reduce' })
    await context.addCookies([{ name: cookie!, value: value!, url }])
    page = await context.newPage()
    complaints = await collectComplaints(page, url)
  })
  afterAll(async () => {
    await context?.close()
  })

  test.each(pages)('$path', async ({ path, [language]: heading }) => {
    complaints.length = 0
    await page.goto(url + path.replace(':id', orderId))
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
    await settled(page)
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
    expect(await foreignWords(page, language, [...names, email])).toEqual([])
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      expect(await overflow(page), `pixels too wide at ${width} px`).toBe(0)
      expect(await seriousFindings(page), `axe at ${width} px`).toEqual([])
    }
    expect(complaints).toEqual([])
  })
})

/** Nothing says that it is still loading, and a journey that is being gathered has arrived. */
async function settled(page: Page): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  if (page.url().includes('/orders/')) await page.getByText('payments-').first().waitFor()
}
