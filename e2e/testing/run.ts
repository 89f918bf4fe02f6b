/**
 * `npm test`: format, lint, types, unit, integration, and the whole shop end to end, pages and purchases in a
 * real browser included. Goes on after a
 * failure, so that one run shows all of them, and ends with what failed, by name and cause (a log may be cut to
 * its end), and one line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clone } from './shop-under-test.ts'
import { failuresOf, type VitestReport } from './vitest-report.ts'

let passed = 0
const failures: string[] = []
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
  else failures.push(name)
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
  const file = join(scratch, `${projects.join('-')}.json`)
  const status = run('vitest', [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${file}`,
  ])
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
    passed += report.numPassedTests
    const named = failuresOf(report)
    failures.push(...named)
    // A run can fail without a test that did: an error outside of all tests.
    if (named.length === 0 && status !== 0) failures.push(`${name}: vitest ended with ${String(status)}`)
  } catch (error) {
    failures.push(`${name}: vitest gave no report: ${error instanceof Error ? error.message : String(error)}`)
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
console.log(`\n${((performance.now() - start) / 1000).toFixed(0)} s`)
for (const failure of failures) console.log(`\nFAILED ${failure}`)
console.log(`\n${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1
