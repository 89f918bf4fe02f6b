/** Two browsers look at the same product; what one of them buys the other sees go, without loading anything. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Product } from '@meshmart/contracts'
import { Customer, orderOf } from '../testing/client.ts'
import { openBrowser } from './browser.ts'

const { url } = inject('shop')
/** It opens below its reorder point, so its note says how many are left. */
const SKU = 'TEAPOT-HEARTH'
/** A second or so, on a machine that may be busy. */
const SOON_MS = 5_000
const customer = new Customer(url)
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

const left = async (): Promise<number> =>
  Product.parse((await customer.call('GET', `/api/v1/products/${SKU}`)).body).stock.available

/** Gives back what it has bought, so that the shop is left as it was found. */
async function withOneBought(look: () => Promise<void>): Promise<void> {
  const order = await customer.decided(await customer.buy(orderOf(SKU)))
  expect(order.state).toBe('confirmed')
  try {
    await look()
  } finally {
    await customer.call('POST', `/api/v1/orders/${order.id}/cancel`)
  }
}

async function open(path: string): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage()
  await page.goto(url + path)
  return page
}
const note = (page: Page, count: number) => page.getByText(`Only ${count} left`, { exact: true })

test('a purchase changes the note of who looks at the product, and what who has it in the cart may do', async () => {
  const before = await left()
  const looking = await open(`/products/${SKU}`)
  await note(looking, before).waitFor()
  const shopping = await open(`/products/${SKU}`)
  await shopping.getByRole('combobox', { name: 'Quantity' }).selectOption(String(before))
  await shopping.getByRole('button', { name: 'Add to cart' }).click()
  await shopping.getByRole('link', { name: 'View cart' }).click()
  const way = shopping.getByRole('link', { name: 'Go to checkout' })
  await way.waitFor()
  expect(await way.getAttribute('aria-disabled')).toBeNull()

  const boughtAt = performance.now()
  await withOneBought(async () => {
    await note(looking, before - 1).waitFor({ timeout: SOON_MS })
    console.log(`seen ${Math.round(performance.now() - boughtAt)} ms after the purchase began`)
    await shopping.getByRole('alert').waitFor({ timeout: SOON_MS })
    expect(await way.getAttribute('aria-disabled')).toBe('true')
  })
  await note(looking, before).waitFor({ timeout: SOON_MS })
  await shopping.getByRole('alert').waitFor({ state: 'detached', timeout: SOON_MS })
}, 60_000)

test('a tab that nobody sees hears of nothing, and knows what is true when it is seen again', async () => {
  const before = await left()
  const page = await open(`/products/${SKU}`)
  await note(page, before).waitFor()
  const see = (hidden: boolean) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await see(true)
  await withOneBought(async () => {
    await page.waitForTimeout(1_000)
    expect(await note(page, before).count()).toBe(1)
    await see(false)
    await note(page, before - 1).waitFor({ timeout: SOON_MS })
  })
}, 60_000)
