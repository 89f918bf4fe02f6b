/** What a page may never do, whatever is shown on it: throw, break its own Content-Security-Policy, or ask another origin. */
import type { Page } from 'playwright-core'

/** Must be called before the page is opened. Returns a list that grows; a clean page leaves it empty. */
export async function collectComplaints(page: Page, origin: string): Promise<string[]> {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.origin !== origin) complaints.push(`request to ${url.href}`)
  })
  await page.exposeFunction('reportViolation', (what: string) => complaints.push(`CSP: ${what}`))
  await page.addInitScript(() => {
    const { reportViolation } = globalThis as unknown as { reportViolation: (what: string) => void }
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      reportViolation(`${effectiveDirective} ${blockedURI} ${sample}`),
    )
  })
  return complaints
}
