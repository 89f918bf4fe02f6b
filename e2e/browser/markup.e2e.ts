/** Markup that a customer types stays text on every page that shows it; and if it did not, the policy would stop it. */
// What is handed to `page.evaluate` runs in the browser.
/// <reference lib="dom" />
import { randomUUID } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { openBrowser } from './browser.ts'
import { collectComplaints } from './complaints.ts'

const { url } = inject('shop')
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

test('names and addresses are shown as they were typed, and nothing of them runs', async () => {
  const name = '<img src=x onerror="document.title=1">'
  const line1 = '<script>document.title=1</script>'
  const shippingAddress = { ...orderOf(MUG).shippingAddress, name, line1 }
  const customer = new Customer(url)
  await customer.call('POST', '/api/v1/accounts', {
    email: `${randomUUID()}@example.com`,
    name,
    password: 'correct horse battery',
  })
  await customer.call('POST', '/api/v1/account/addresses', shippingAddress)
  const { id } = await customer.decided(await customer.buy({ ...orderOf(MUG), shippingAddress }))
  const context = await browser.newContext({ locale: 'en-GB' })
  try {
    const [cookie, value] = customer.cookie!.split('=', 2)
    await context.addCookies([{ name: cookie!, value: value!, url }])
    const page = await context.newPage()
    const complaints = await collectComplaints(page, url)
    for (const path of [`/orders/${id}`, '/account']) {
      await page.goto(url + path)
      for (const text of [name, line1]) await page.getByText(text).first().waitFor()
      expect(await page.title()).not.toBe('1')
      expect(await page.evaluate(() => document.querySelectorAll('main img[src="x"], main script').length)).toBe(0)
    }
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
})
