/** A browser that talks to nobody but the shop. */
// What is handed to `page.evaluate` runs in the browser.
/// <reference lib="dom" />
import { chromium, type Browser } from 'playwright-core'
import { findBrowser } from './find-browser.ts'

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openBrowser(): Promise<Browser> {
  // Chromium's sandbox refuses to run as root.
  const args = process.getuid?.() === 0 ? [...quiet, '--no-sandbox'] : quiet
  return await chromium.launch({ executablePath: findBrowser(), headless: true, args })
}
