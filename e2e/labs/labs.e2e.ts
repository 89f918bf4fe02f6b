/** Every command of every page under docs/labs, against the shop: each prints what the page says, and leaves nothing behind. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { clone } from '../testing/shop-under-test.ts'
import { runPage } from './run-page.ts'

const shop = inject('shop')
const folder = join(clone, 'docs/labs')
const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')

function inForce(): string {
  const meshctl = join(clone, 'apps/meshctl/bin/meshctl.js')
  const env = { ...process.env, MESHMART_HOME: shop.home }
  return execFileSync(process.execPath, [meshctl, 'get'], { cwd: clone, env, encoding: 'utf8' })
}

test.each(pages)('%s', { timeout: 120_000 }, async (page) => {
  const before = inForce()
  expect((await runPage(join(folder, page), shop)).join('\n\n')).toBe('')
  expect(inForce()).toBe(before)
})
