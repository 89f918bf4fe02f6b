/**
 * `npm run audit`: the verdict on a running shop. Reads the databases of all services and proves, or disproves with the guilty ids, that no money, no stock and no
 * order was lost; leaves the verdict where the back office shows it. Exit code 0 where everything agrees, 1 where something does not, 2 where it could not look.
 */
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { Books, violationsOf, type Finding } from './books.ts'
import { leaveVerdict } from './verdict.ts'

const USAGE = `usage: npm run audit [-- --home DIR] [--patience SECONDS] [--json FILE]
  --home      MESHMART_HOME of the running shop (default: the variable, else .meshmart)
  --patience  how long work under way may take to end (default: 30)
  --json      also writes the verdict there`
/** Of each rule; the rest is counted, and stands in the JSON. */
const SHOWN = 10

async function main(): Promise<number> {
  const { home, patienceMs, json } = options()
  const startedAt = new Date()
  const results = new Results()
  const books = await Books.open(home)
  try {
    const counted = await books.read<{ count: string }>('orders', 'SELECT count(*) FROM orders')
    const findings = await books.settledFindings(patienceMs)
    for (const finding of findings) print(finding)
    for (const { rule, guilty } of findings) {
      results.add('audit', rule.name, { guilty: guilty.length })
      results.atMost(rule.name, guilty.length, 0, 'guilty')
    }
    const violations = violationsOf(findings)
    const orders = Number(counted[0]?.count ?? 0)
    await leaveVerdict(home, { startedAt, endedAt: new Date(), rules: findings.length, orders, violations })
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...results.content(), violations }, null, 2)}\n`)
    console.log(
      violations.length === 0
        ? `\nClean: ${findings.length} rules over ${orders} orders found nothing.`
        : `\nNOT CLEAN: ${violations.length} violations of ${new Set(violations.map(({ rule }) => rule)).size} rules.`,
    )
    return violations.length === 0 ? 0 : 1
  } finally {
    await books.close()
  }
}

function print({ rule, guilty }: Finding): void {
  console.log(
    `${guilty.length === 0 ? 'ok    ' : 'WRONG '} ${rule.name.padEnd(34)} ${guilty.length === 0 ? '' : rule.says}`,
  )
  for (const { id, value } of guilty.slice(0, SHOWN)) console.log(`         ${id}  ${value}`)
  if (guilty.length > SHOWN) console.log(`         and ${guilty.length - SHOWN} more`)
}

function options(): { home: string; patienceMs: number; json: string | undefined } {
  const { values } = parseArgs({
    options: { home: { type: 'string' }, patience: { type: 'string', default: '30' }, json: { type: 'string' } },
  })
  const seconds = Number(values.patience)
  if (!Number.isFinite(seconds) || seconds < 0) throw new Error(`--patience must be a number of seconds\n${USAGE}`)
  const clone = dirname(dirname(import.meta.dirname))
  const home = resolve(values.home ?? process.env['MESHMART_HOME'] ?? join(clone, '.meshmart'))
  return { home, patienceMs: seconds * 1000, json: values.json }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`The audit could not look: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exitCode = 2
}
