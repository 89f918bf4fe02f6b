/** A whole purchase without a mouse. Nothing here clicks, and nothing moves the focus but the keys and the shop itself. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { focusStop } from './focus-stop.ts'

const { url } = inject('shop')
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

/** More stops than any way on these pages needs; a trap would go on for ever. */
const MOST_STOPS = 30

/** Presses Tab until the wanted element has the focus; each stop on the way must show where it is. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor()
  const passed: string[] = []
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab')
    const { name, visible } = await focusStop(page)
    expect(visible, `the focus can be seen at: ${name}`).toBe(true)
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    passed.push(name)
  }
  throw new Error(`${wanted} cannot be reached; passed:\n${passed.join('\n')}`)
}

/** Follows the link, or submits the form, that has the focus. The shop then moves the focus to the new page's content: only after that a person is there. */
async function go(page: Page): Promise<void> {
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.tagName === 'MAIN')
}

test('a mug is bought with the keyboard alone', async () => {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const { keyboard } = page
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  await page.getByRole('link', { name: 'Dawn mug' }).waitFor()

  // The first stop of all skips the header.
  await tabTo(page, page.getByRole('link', { name: 'Skip to the content' }))
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  expect((await focusStop(page)).landmark).toBe('main')

  await tabTo(page, page.getByRole('searchbox', { name: 'Search products' }))
  await keyboard.type('dawn')
  await page.getByRole('status').filter({ hasText: '1 product' }).waitFor()
  await tabTo(page, page.getByRole('link', { name: 'Dawn mug' }))
  await go(page)

  const quantity = page.getByRole('combobox', { name: 'Quantity' })
  await tabTo(page, quantity)
  await keyboard.press('ArrowDown')
  expect(await quantity.inputValue()).toBe('2')
  await tabTo(page, page.getByRole('button', { name: 'Add to cart' }))
  await keyboard.press('Enter')
  await tabTo(page, page.getByRole('link', { name: 'View cart' }))
  await go(page)
  await tabTo(page, page.getByRole('link', { name: 'Go to checkout' }))
  await go(page)

  await fillCheckout(page)
  await tabTo(page, page.getByRole('button', { name: 'Place order' }))
  await go(page)
  await page.getByRole('heading', { level: 1, name: 'Thank you. Everything is settled.' }).waitFor()
  await tabTo(page, page.getByRole('link', { name: 'The full record, as data' }))
  expect((await focusStop(page)).landmark).toBe('main')
  expect(errors).toEqual([])
  await context.close()
})

async function fillCheckout(page: Page): Promise<void> {
  const { keyboard } = page
  const fields = {
    'E-mail': 'ada@example.com',
    'Full name': 'Ada Example',
    'Street and number': '1 Sample Street',
    'Postal code': '10115',
    City: 'Berlin',
  }
  for (const [name, value] of Object.entries(fields)) {
    await tabTo(page, page.getByRole('textbox', { name }))
    await keyboard.type(value)
  }
  const country = page.getByRole('combobox', { name: 'Country' })
  await tabTo(page, country)
  await keyboard.type('Germ')
  expect(await country.inputValue()).toBe('DE')

  const approved = page.getByRole('radio', { name: /Goes through/ })
  await tabTo(page, approved)
  await keyboard.press('ArrowDown')
  expect(await page.getByRole('radio', { name: /Declined/ }).isChecked()).toBe(true)
  await keyboard.press('ArrowUp')
  expect(await approved.isChecked()).toBe(true)
  const number = page.getByRole('textbox', { name: 'Card number' })
  await tabTo(page, number)
  expect(await number.inputValue()).toMatch(/^4/)
}
