/**
 * `npm test`: format, lint, types, unit, integration, and the whole shop end to end, pages and purchases in a
 * real browser included. Goes on after a
 * failure, so that one run shows all of them, and ends with one line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clone } from './shop-under-test.ts'

let passed = 0
let failed = 0
const scratch = mkdtempSync(join(tmpdir(), 'meshmart-test-'))

function run(command: string, args: string[]): number | null {
  // No cached answer: a check that does not run cannot fail.
  const env = { ...process.env, NX_DAEMON: 'false', FORCE_COLOR: '0' }
  return spawnSync(command, args, { cwd: clone, stdio: ['ignore', 'inherit', 'inherit'], env }).status
}

function check(name: string, fits: () => boolean): void {
  const start = performance.now()
  const ok = fits()
  if (ok) passed++
  else failed++
  console.log(`${ok ? 'ok    ' : 'NOT OK'}  ${name}  ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

/** Each breaks one rule on purpose; if the lint lets it pass, that rule is not being checked. */
const canaries = [
  {
    where: 'apps/orders/src',
    code: "export { AppModule } from '../../payments/src/app.module.ts'",
    rule: 'enforce-module-boundaries',
  },
  {
    where: 'apps/orders/src',
    code: "export { startSidecar } from '@meshmart/sidecar'",
    rule: 'enforce-module-boundaries',
  },
  {
    where: 'apps/storefront/src',
    code: "export { runService } from '@meshmart/service-kit'",
    rule: 'enforce-module-boundaries',
  },
  { where: 'libs/mesh-policy/src', code: "export { readFileSync } from 'node:fs'", rule: 'no-restricted-imports' },
  { where: 'libs/mesh-policy/src', code: 'export const now = Date.now()', rule: 'no-restricted-(properties|globals)' },
  { where: 'libs/istio-api/src', code: 'export const chance = Math.random()', rule: 'no-restricted-properties' },
  { where: 'libs/sidecar/src', code: 'export const anything: any = 1', rule: 'no-explicit-any' },
]

function refuses({ where, code, rule }: (typeof canaries)[number]): boolean {
  const file = join(clone, where, 'lint-canary.ts')
  writeFileSync(file, `${code}\n`)
  try {
    const { status, stdout } = spawnSync('oxlint', ['-c', '.oxlintrc.json', file], { cwd: clone, encoding: 'utf8' })
    return status !== 0 && new RegExp(rule).test(stdout)
  } finally {
    rmSync(file)
  }
}

function vitest(name: string, projects: string[]): void {
  console.log(`\n${name} …`)
  const report = join(scratch, `${projects.join('-')}.json`)
  const status = run('vitest', [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ])
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, success } = JSON.parse(
      readFileSync(report, 'utf8'),
    ) as Record<string, number | boolean>
    passed += Number(numPassedTests)
    // A suite that could not be loaded has no tests that failed, and yet it failed.
    failed += Math.max(
      Number(numFailedTests),
      success === true && status === 0 ? 0 : Math.max(1, Number(numFailedTests) || Number(numFailedTestSuites)),
    )
  } catch (error) {
    console.error(`vitest gave no report: ${error instanceof Error ? error.message : String(error)}`)
    failed++
  }
}

const start = performance.now()
check('format (npm run format mends it)', () => run('prettier', ['--check', '--log-level', 'warn', '.']) === 0)
check('types', () => run('tsc', ['-b']) === 0)
check('lint', () => run('npm', ['run', '--silent', 'lint']) === 0)
for (const canary of canaries) check(`lint refuses: ${canary.code}  (in ${canary.where})`, () => refuses(canary))
vitest('Unit and integration', ['unit', 'integration'])
vitest('End to end', ['e2e'])
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
