/** One purchase in a real browser, as a customer makes it; and no page with a serious accessibility finding. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { seriousFindings } from './axe.ts'
import { openBrowser } from './browser.ts'
import { fillCheckout } from './fill-checkout.ts'

const { url } = inject('shop')
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

test('a mug is found, put into the cart, paid for, and its request’s journey is shown', async () => {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))

  await page.goto(url)
  await page.getByRole('searchbox').fill('dawn')
  await page.getByRole('searchbox').press('Enter')
  await page.getByRole('link', { name: /dawn/i }).first().click()
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByRole('link', { name: 'View cart' }).click()
  await page.getByRole('link', { name: 'Go to checkout' }).click()
  await page.getByRole('heading', { name: 'Checkout' }).waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await fillCheckout(page)
  await page.getByRole('button', { name: /place order/i }).click()
  await page.waitForURL(/\/orders\//)
  await page.getByRole('status').filter({ hasText: 'Confirmed' }).waitFor()
  await page.getByRole('heading', { name: 'How this request travelled' }).waitFor()
  for (const station of ['orders', 'inventory', 'payments'])
    await page
      .getByText(new RegExp(`${station}-[12]`))
      .first()
      .waitFor()
  expect(await seriousFindings(page)).toEqual([])

  // The mug goes back: chosen in a dialog, and with it goes the whole order.
  await page.getByRole('button', { name: 'Give something back' }).click()
  const dialog = page.getByRole('dialog', { name: 'What goes back?' })
  await dialog.getByText('Nothing is chosen yet.').waitFor()
  expect(await dialog.getByRole('button', { name: 'Give it back' }).isDisabled()).toBe(true)
  await dialog.getByRole('button', { name: /^One more / }).click()
  await dialog.getByText(/^€[\d.]+ goes back/).waitFor()
  // A colour on its way from one to the other has a contrast that nobody reads.
  await dialog.evaluate((element) =>
    Promise.all(element.getAnimations({ subtree: true }).map(({ finished }) => finished)),
  )
  expect(await seriousFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Give it back' }).click()
  await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor()
  await page.getByText('You gave everything of this order back.').waitFor()
  await page.getByRole('heading', { name: 'Given back' }).waitFor()
  expect(await seriousFindings(page)).toEqual([])
  expect(errors).toEqual([])
  await context.close()
}, 60_000)
