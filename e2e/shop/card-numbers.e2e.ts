/**
 * No card number and no CVC stays anywhere: after purchases with every test card, good ones and bad, every log, every trace, every row of every database and
 * every file that NATS and PostgreSQL keep (their write-ahead log too) is searched. A canary that must be found shows that the search can find. A core dump
 * would hold the memory of the tokenise call, so nobody who sees a card can leave one.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Order, Trace, testCards } from '@meshmart/contracts'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { listeningPorts, logOf, pidsOf } from '../testing/processes.ts'
import { processesOf, replicasOf } from '../testing/replicas.ts'
import { call, joinAs } from '../testing/workload-identity.ts'

const { url, home } = inject('shop')
const SERVICES = ['gateway', 'orders', 'payments', 'inventory', 'acquirer'] as const
/** Four digits that no id, amount or time contains by chance: they are searched as a JSON string, which is what a logged or stored body would have. */
const CVC = '9041'
const MISTYPED = '4242424242424241'
const CANARY = 'canary-of-the-card-search'

let books: Books
/** Of the orders that were placed. */
const traceIds: string[] = []
beforeAll(async () => {
  books = await Books.open(home)
  for (const { behaviour } of testCards) await pay(behaviour)
  await pay('approve', (card) => ({ ...card, number: '4242 4242-4242 4242' }))
  await pay('approve', (card) => ({ ...card, number: MISTYPED }))
  await pay('approve', (card) => ({ ...card, expiry: '01/20' }))
  await pay('approve', (card) => ({ ...card, pin: '0000' }))
  // Broken JSON and a body that is too large: what cannot be digested must not be quoted either.
  const text = JSON.stringify(orderOf(MUG))
  for (const body of [text.slice(0, -1), `${text.slice(0, -1)},"x":"${'x'.repeat(100_000)}"}`])
    await new Customer(url).call('POST', '/api/v1/orders', body, { 'idempotency-key': CANARY })
  // The logs are written in passing.
  await sleep(1_000)
}, 60_000)
afterAll(() => books?.close())

type Card = ReturnType<typeof orderOf>['payment']['card']

async function pay(
  behaviour: (typeof testCards)[number]['behaviour'],
  change: (card: Card) => object = (card) => card,
): Promise<void> {
  const order = orderOf(MUG, 1, behaviour)
  const body = {
    ...order,
    email: `${CANARY}@example.com`,
    payment: { card: change({ ...order.payment.card, cvc: CVC }) },
  }
  const answer = await new Customer(url).buy(body as typeof order)
  const placed = Order.safeParse(answer.body)
  if (placed.success) traceIds.push(placed.data.traceId)
}

const secrets = [...testCards.map(({ number }) => number), MISTYPED]

/** Digits with blanks or dashes between them, and what base64 makes of them, are the same number. */
function found(text: string): string[] {
  const flat = text.replace(/(?<=\d)[ -](?=\d)/g, '')
  const encoded = (secret: string): string => Buffer.from(secret).toString('base64').slice(0, 20)
  const numbers = secrets.filter((secret) => flat.includes(secret) || text.includes(encoded(secret)))
  return [...numbers, ...(new RegExp(String.raw`cvc\W{1,8}${CVC}|"${CVC}"`, 'i').test(text) ? ['cvc'] : [])]
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** A file that is gone between the listing and the reading holds nothing any more. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

test('the search finds what is there', () => {
  expect(found('{"number":"4242 4242 4242-4242"}')).toEqual(['4242424242424242'])
  expect(found(`{"cvc":"${CVC}"}`)).toEqual(['cvc'])
  expect(found(Buffer.from('4000000000000002').toString('base64'))).toEqual(['4000000000000002'])
})

/** PostgreSQL refuses to run as root, so its files may have had to go elsewhere. */
async function folderOf(what: 'logs' | 'nats' | 'postgres' | 'mailbox'): Promise<string> {
  if (what === 'logs') return join(home, 'logs')
  if (what === 'nats' || what === 'mailbox') return join(home, 'data', what)
  const [row] = await books.read<{ data_directory: string }>('orders', 'SHOW data_directory')
  return row!.data_directory
}

test.each(['logs', 'nats', 'postgres', 'mailbox'] as const)('no file of %s has one', async (what) => {
  const files = filesBelow(await folderOf(what))
  expect(files.length).toBeGreaterThan(what === 'mailbox' ? 0 : 5)
  expect(files.flatMap((file) => found(textOf(file)).map((secret) => `${file}: ${secret}`))).toEqual([])
})

test('the logs that were searched are those of these purchases', () => {
  const logs = filesBelow(join(home, 'logs')).map(textOf).join('\n')
  expect(logs).toContain('POST /api/v1/orders')
  // The acquirer has had the cards themselves.
  expect(readFileSync(join(home, 'logs/acquirer.log'), 'utf8')).toContain('POST /v1/tokens')
})

test.each(SERVICES)('no row of %s has one', async (service) => {
  const tables = await books.read<{ name: string }>(
    service,
    `SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables`,
  )
  expect(tables.length).toBeGreaterThan(4)
  let all = ''
  for (const { name } of tables) {
    const rows = await books.read<{ row: string }>(service, `SELECT row_to_json(t)::text AS row FROM ${name} t`)
    const text = rows.map(({ row }) => row).join('\n')
    expect(found(text), name).toEqual([])
    all += text
  }
  if (service === 'orders') expect(all).toContain(CANARY)
})

test('no trace has one', async () => {
  const [port = 0] = listeningPorts(pidsOf(home)['control-plane-1']!)
  const gateway = await joinAs(home, 'meshmart', 'gateway')
  expect(traceIds.length).toBeGreaterThan(1)
  for (const traceId of traceIds) {
    const read = async (): Promise<string> => (await call(port, 'GET', `/v1/traces/${traceId}`, gateway)).body
    const services = (text: string): string[] => {
      const trace = Trace.safeParse(JSON.parse(text))
      return trace.success ? trace.data.spans.map(({ resource }) => resource['service.name'] ?? '') : []
    }
    // Spans are sent in batches.
    await expect.poll(async () => services(await read()), { timeout: 10_000 }).toContain('payments')
    expect(found(await read())).toEqual([])
  }
})

const SEE_CARDS = ['gateway', 'orders', 'payments'] as const

test.runIf(process.platform === 'linux')('nobody who sees a card can leave a core dump', () => {
  const processes = SEE_CARDS.flatMap((service) => replicasOf(home, service).flatMap((name) => processesOf(home, name)))
  for (const name of [...processes, 'acquirer'])
    expect(readFileSync(`/proc/${pidsOf(home)[name]}/limits`, 'utf8'), name).toMatch(/^Max core file size +0 +0 /m)
})

test.runIf(process.platform === 'linux')(
  'a replica that is aborted leaves none, and comes back',
  async () => {
    const folder = readlinkSync(`/proc/${pidsOf(home)['payments-1']}/cwd`)
    const before = readdirSync(folder)
    const starts = (): number => logOf(home, 'payments-1').split('"message":"ready"').length
    const startsBefore = starts()
    process.kill(pidsOf(home)['payments-1']!, 'SIGABRT')
    await expect.poll(starts, { timeout: 30_000, interval: 100 }).toBeGreaterThan(startsBefore)
    expect(readdirSync(folder)).toEqual(before)
  },
  40_000,
)
