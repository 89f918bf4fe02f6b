/** The README's `npm run smoke -- --url URL`. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { clone } from '../testing/shop-under-test.ts'

const run = promisify(execFile)

test('npm run smoke buys through the public API, and fails where there is no shop', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'smoke', '--', '--url', inject('shop').url], { cwd: clone })
  expect(stdout.match(/^ok /gm)?.length).toBeGreaterThanOrEqual(9)
  await expect(
    run('npm', ['run', '--silent', 'smoke', '--', '--url', 'http://127.0.0.1:9'], { cwd: clone }),
  ).rejects.toMatchObject({ code: 1 })
})
