/**
 * `npm run e2e:fresh`: what a newcomer does. Clones the last commit into an empty folder with an empty HOME, runs `npm start` alone, buys through
 * the public API and stops it; prints how long installing, building and starting took. With `--test` it runs `npm test` there as well.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { clone } from '../testing/shop-under-test.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    test: { type: 'boolean', default: false },
    port: { type: 'string', default: '8080' },
  },
})
const results = new Results()
const home = mkdtempSync(join(tmpdir(), 'meshmart-fresh-'))
const fresh = join(home, 'meshmart')
// A newcomer's shell: no PATH of ours, none of our settings.
const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.startsWith(clone))
const environment = {
  ...process.env,
  HOME: home,
  PATH: path.join(':'),
  PUBLIC_PORT: values.port,
  npm_config_cache: join(home, '.npm'),
}
const url = `http://127.0.0.1:${values.port}`

try {
  execFileSync('git', ['clone', '--quiet', clone, fresh], { stdio: 'inherit' })
  const start = performance.now()
  const shop = spawn('npm', ['start'], {
    cwd: fresh,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let built: number | undefined
  let printed = ''
  shop.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    printed += chunk.toString()
    if (built === undefined && chunk.toString().includes('postgres is ready')) built = performance.now()
  })
  const exit = new Promise<number | null>((resolve) => shop.once('exit', resolve))
  const page = await Promise.race([firstPage(), exit.then(() => 0)])
  if (page === 0) throw new Error('npm start ended before the first page')
  results.add('fresh clone', 'npm start', {
    install_and_build_s: ((built ?? page) - start) / 1000,
    first_page_s: (page - start) / 1000,
  })
  results.atMost('npm ci + build', ((built ?? page) - start) / 60_000, 4, 'min')
  const smoke = spawnSync('npm', ['run', '--silent', 'smoke', '--', '--url', url], {
    cwd: fresh,
    env: environment,
    stdio: 'inherit',
  })
  if (smoke.status !== 0) throw new Error('the smoke purchase failed')
  // As Ctrl-C in a terminal: to the whole foreground process group.
  process.kill(-shop.pid!, 'SIGINT')
  // npm itself ends by the signal; what counts is the shop's own word.
  await exit
  if (!printed.includes('Stopped. The data stays')) throw new Error('npm start did not stop in order')
  if (values.test) {
    const from = performance.now()
    const test = spawnSync('npm', ['test'], { cwd: fresh, env: environment, stdio: 'inherit' })
    if (test.status !== 0) throw new Error('npm test failed in the fresh clone')
    results.add('fresh clone', 'npm test', { minutes: (performance.now() - from) / 60_000 })
  }
  results.print()
  results.write(values.json)
} finally {
  rmSync(home, { recursive: true, force: true })
}

async function firstPage(): Promise<number> {
  for (let tries = 0; tries < 6000; tries++) {
    const answer = await fetch(`${url}/`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok === true) return performance.now()
    await sleep(100)
  }
  throw new Error('no first page within 10 minutes')
}
