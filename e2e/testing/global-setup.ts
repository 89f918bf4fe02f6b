/** One shop for all suites of a project, in the placement that the project's environment asks for; they find it by `inject('shop')`. */
import type { TestProject } from 'vitest/node'
import { startShop, wipe } from './shop-under-test.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    shop: { url: string; home: string; startMs: number }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The environment of a project is its workers'; this runs before and outside of them.
  const { env }: { env?: NodeJS.ProcessEnv } = project.config // missing where a project says none, whatever its type says
  const placement = env?.['MESHMART_PLACEMENT']
  const shop = await startShop(placement === undefined ? {} : { placement })
  project.provide('shop', { url: shop.url, home: shop.home, startMs: shop.startMs })
  return async () => {
    await shop.stop()
    wipe(shop.home)
  }
}
