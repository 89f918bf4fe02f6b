/**
 * What one purchase asks of the parts: SQL statements (PostgreSQL's own log of them), calls between services (the mesh's access log), and events (rows of the
 * outboxes). Counted over purchases one after the other; what the shop does anyway is counted over the same time and taken off.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { connectAsSuperuser } from '../../testing/superuser.ts'
import { generate } from '../load/generator.ts'
import type { ShopLoad, ShopLoadResult } from '../load/shop-requests.ts'

const SERVICES = ['gateway', 'orders', 'payments', 'inventory'] as const
const SECONDS = 4
/** Until the last event is handled and the last log line is written. */
const SETTLE_MS = 1500
/** A statement of `log_statement = all`, with the user that stands before it. */
const STATEMENT = /^(gateway|orders|payments|inventory)_app LOG: {2}(?:execute|statement)/gm
/** A call that a service's own side of the mesh made. */
const CALL = /"outbound\|\d+\|\|[a-z]/g

export interface Work {
  readonly statements: Readonly<Record<string, number>>
  readonly calls: number
  readonly events: number
}

export async function workOfACheckout(url: string, home: string, skus: readonly string[]): Promise<Work> {
  const admins = await Promise.all(SERVICES.map((service) => connectAsSuperuser(home, service)))
  try {
    const [server] = admins
    await server!.query("ALTER SYSTEM SET log_statement = 'all'")
    await server!.query("ALTER SYSTEM SET log_line_prefix = '%u '")
    await server!.query('SELECT pg_reload_conf()')
    await sleep(SETTLE_MS)
    const idle = await during(home, admins, () => sleep(SECONDS * 1000))
    let purchases = 0
    const busy = await during(home, admins, async () => {
      const load: ShopLoad = { url, kind: 'checkout', clients: 1, seconds: SECONDS, rampSeconds: 0, skus }
      purchases = (await generate<ShopLoadResult>('shop-requests.ts', load)).requests
    })
    if (purchases === 0) throw new Error('no purchase went through')
    // With the session and the cart of the one client, which is a fraction of a statement for each purchase.
    const each = (before: number, after: number): number => Math.max(0, after - before) / purchases
    return {
      statements: Object.fromEntries(
        SERVICES.map((name) => [name, each(idle.statements[name] ?? 0, busy.statements[name] ?? 0)]),
      ),
      calls: each(idle.calls, busy.calls),
      events: each(idle.events, busy.events),
    }
  } finally {
    await admins[0]!.query('ALTER SYSTEM RESET ALL')
    await admins[0]!.query('SELECT pg_reload_conf()')
    await Promise.all(admins.map((admin) => admin.end()))
  }
}

interface Counted {
  readonly statements: Record<string, number>
  readonly calls: number
  readonly events: number
}

async function during(home: string, admins: readonly pg.Client[], work: () => Promise<void>): Promise<Counted> {
  const logs = [...SERVICES, 'my-service'].flatMap((name) => [1, 2].map((replica) => `${name}-${replica}`))
  const before = new Map([...logs, 'postgres'].map((name) => [name, logOf(home, name).length]))
  const eventsBefore = await eventsIn(admins)
  await work()
  await sleep(SETTLE_MS)
  const written = (name: string): string => logOf(home, name).slice(before.get(name) ?? 0)
  const statements: Record<string, number> = {}
  for (const [, name = ''] of written('postgres').matchAll(STATEMENT)) statements[name] = (statements[name] ?? 0) + 1
  const calls = logs.reduce((sum, name) => sum + (written(name).match(CALL)?.length ?? 0), 0)
  return { statements, calls, events: (await eventsIn(admins)) - eventsBefore }
}

function logOf(home: string, name: string): string {
  try {
    return readFileSync(join(home, 'logs', `${name}.log`), 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '' // there is one gateway, not two
    throw error
  }
}

async function eventsIn(admins: readonly pg.Client[]): Promise<number> {
  let sum = 0
  for (const admin of admins) {
    const { rows } = await admin.query<{ there: boolean }>("SELECT to_regclass('outbox') IS NOT NULL AS there")
    if (rows[0]?.there !== true) continue
    sum += Number((await admin.query<{ n: string }>('SELECT count(*) AS n FROM outbox')).rows[0]?.n)
  }
  return sum
}
