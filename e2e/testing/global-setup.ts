/** One shop for all end-to-end suites; they find it by `inject('shop')`. */
import type { TestProject } from 'vitest/node'
import { startShop, wipe } from './shop-under-test.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    shop: { url: string; home: string; startMs: number }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shop = await startShop()
  project.provide('shop', { url: shop.url, home: shop.home, startMs: shop.startMs })
  return async () => {
    await shop.stop()
    wipe(shop.home)
  }
}
