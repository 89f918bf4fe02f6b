/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/** By how many pixels the page can be scrolled sideways. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
}
