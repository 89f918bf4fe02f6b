/** The language is the reader's choice: first the browser's, then what was pressed, and that stays. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openBrowser } from './browser.ts'

const { url } = inject('shop')
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
})

const spoken = {
  en: { lang: 'en', button: 'EN', title: 'Your cart is empty.' },
  'zh-CN': { lang: 'zh-CN', button: '中文', title: '购物车还是空的。' },
}

async function speaks(page: Page, { lang, button, title }: (typeof spoken)['en']): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang)
  expect(await page.getByRole('button', { name: button, exact: true }).getAttribute('aria-pressed')).toBe('true')
}

test.each([
  { locale: 'en-GB', first: spoken.en, chosen: spoken['zh-CN'] },
  { locale: 'zh-CN', first: spoken['zh-CN'], chosen: spoken.en },
])('a browser of $locale keeps $chosen.lang once it was chosen', async ({ locale, first, chosen }) => {
  const context = await browser.newContext({ locale })
  const page = await context.newPage()
  await page.goto(`${url}/cart`)
  await speaks(page, first)
  await page.getByRole('button', { name: chosen.button, exact: true }).click()
  await speaks(page, chosen)
  const [answer] = await Promise.all([page.waitForResponse('**/api/v1/cart'), page.reload()])
  await speaks(page, chosen)
  // The shop is told as well, so that what it says of an error is in the same language.
  expect(answer.request().headers()['accept-language']).toContain(chosen.lang)
  const another = await context.newPage()
  await another.goto(`${url}/cart`)
  await speaks(another, chosen)
  await context.close()
})
