/**
 * `npm run audit`: the verdict on a running shop. Reads the databases of all services, the streams and the mailbox, and proves, or disproves with the guilty ids, that
 * no money, no stock, no order and no e-mail was lost; leaves the verdict where the back office shows it. Exit code 0 where everything agrees, 1 where something does
 * not, 2 where it could not look.
 */
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { Books, violationsOf, type Finding } from './books.ts'
import { placesOfEnvironment, placesOfHome, type Places } from './places.ts'
import { leaveVerdict } from './verdict.ts'

const USAGE = `usage: npm run audit [-- --home DIR] [--url URL] [--patience SECONDS] [--json FILE]
  --home      MESHMART_HOME of a shop that npm start runs here (default: the variable, else .meshmart)
  --url       public address of a running shop, wherever it is: looks at what everybody can see. Without --home, what else
              is seen the environment says: AUDIT_DATABASE_URL (or AUDIT_DATABASE_URL_ORDERS, …), MESH_CONTROL_PLANE_URL with
              MESH_ROOT_CERT_FILE and MESHCTL_TOKEN_FILE, AUDIT_MAILBOX_URL with AUDIT_MAILBOX_KEY_FILE
  --patience  how long work under way may take to end (default: 30)
  --json      also writes the verdict there; without a file to standard output, and the words to standard error`
/** Of each rule; the rest is counted, and stands in the JSON. */
const SHOWN = 10
/** As of many a command line: the name of a file that is standard output. */
const STANDARD_OUTPUT = '-'

async function main(): Promise<number> {
  const { places, patienceMs, json } = options()
  const say = json === STANDARD_OUTPUT ? console.error : console.log
  const startedAt = new Date()
  const results = new Results()
  const books = await Books.openAt(places)
  try {
    const findings = await books.settledFindings(patienceMs)
    const discarded = await books.discarded()
    for (const finding of findings) for (const line of linesOf(finding)) say(line)
    const seen = findings.filter(({ unseen }) => unseen === null)
    for (const { rule, guilty } of seen) {
      results.add('audit', rule.name, { guilty: guilty.length })
      results.atMost(rule.name, guilty.length, 0, 'guilty')
    }
    const violations = violationsOf(findings)
    const orders = await ordersIn(books, places)
    const office = places.databases.get('gateway')
    if (office !== undefined && orders !== null)
      await leaveVerdict(office, { startedAt, endedAt: new Date(), rules: seen.length, orders, violations })
    const unseen = findings.flatMap(({ rule, unseen: what }) => (what === null ? [] : [{ rule: rule.name, what }]))
    const content = { ...results.content(), violations, unseen, discarded }
    if (json === STANDARD_OUTPUT) console.log(JSON.stringify(content, null, 2))
    else if (json !== undefined) writeFileSync(json, `${JSON.stringify(content, null, 2)}\n`)
    say(verdict(violations.length, seen.length, orders))
    if (discarded !== null && discarded > 0)
      say(
        `Discarded by an operator, which counts as decided: ${discarded} (meshctl dead-letters --discarded lists them).`,
      )
    if (unseen.length > 0)
      say(
        `${unseen.length} of ${findings.length} rules saw nothing, for want of: ${[...new Set(unseen.map(({ what }) => what))].join('; ')}.`,
      )
    if (seen.length === 0) throw new Error('it saw nothing at all')
    return violations.length === 0 ? 0 : 1
  } finally {
    await books.close()
  }
}

/** How many were looked at; null where their database is not to be seen. */
async function ordersIn(books: Books, { databases }: Places): Promise<number | null> {
  if (!databases.has('orders')) return null
  const [counted] = await books.read<{ count: string }>('orders', 'SELECT count(*) FROM orders')
  return Number(counted?.count ?? 0)
}

function verdict(violations: number, rules: number, orders: number | null): string {
  if (violations > 0) return `\nNOT CLEAN: ${violations} violations.`
  if (orders === null) return `\nClean: ${rules} rules found nothing.`
  return `\nClean: ${rules} rules over ${orders} orders found nothing.`
}

function linesOf({ rule, guilty, unseen }: Finding): string[] {
  if (unseen !== null) return [`unseen ${rule.name}`]
  const more = guilty.length - SHOWN
  return [
    `${guilty.length === 0 ? 'ok    ' : 'WRONG '} ${rule.name.padEnd(34)} ${guilty.length === 0 ? '' : rule.says}`,
    ...guilty.slice(0, SHOWN).map(({ id, value }) => `         ${id}  ${value}`),
    ...(more > 0 ? [`         and ${more} more`] : []),
  ]
}

function options(): { places: Places; patienceMs: number; json: string | undefined } {
  const { values } = parseArgs({
    args: withStandardOutput(process.argv.slice(2)),
    options: {
      home: { type: 'string' },
      url: { type: 'string' },
      patience: { type: 'string', default: '30' },
      json: { type: 'string' },
    },
  })
  const seconds = Number(values.patience)
  if (!Number.isFinite(seconds) || seconds < 0) throw new Error('--patience must be a number of seconds')
  if (values.url !== undefined && !/^https?:\/\//.test(values.url))
    throw new Error('--url must begin with http:// or https://')
  const shop = values.url?.replace(/\/$/, '') ?? null
  const clone = dirname(dirname(import.meta.dirname))
  const home = resolve(values.home ?? process.env['MESHMART_HOME'] ?? join(clone, '.meshmart'))
  const isElsewhere = shop !== null && values.home === undefined
  const places = isElsewhere ? placesOfEnvironment(process.env, shop) : placesOfHome(home, shop)
  return { places, patienceMs: seconds * 1000, json: values.json }
}

/** `--json` that no file follows. */
function withStandardOutput(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const isAlone = word === '--json' && (words[index + 1] ?? '--').startsWith('--')
    return isAlone ? `--json=${STANDARD_OUTPUT}` : word
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`The audit could not look: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exitCode = 2
}
