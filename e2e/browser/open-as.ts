/** A browser with the session of somebody who has signed in through the API. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Customer } from '../testing/client.ts'

export async function openAs(
  browser: Browser,
  url: string,
  customer: Customer,
  locale: string,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale, reducedMotion: 'reduce' })
  const [cookie, value] = customer.cookie!.split('=', 2)
  await context.addCookies([{ name: cookie!, value: value!, url }])
  return { context, page: await context.newPage() }
}
