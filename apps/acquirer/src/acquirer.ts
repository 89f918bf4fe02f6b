/** The acquirer, put together: books, two doors, and two things that it does by itself. */
import type http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Log } from '@meshmart/contracts/log'
import pg from 'pg'
import { Cards } from './book/cards.ts'
import { Charges } from './book/charges.ts'
import { Operations } from './book/operations.ts'
import { Telling } from './book/telling.ts'
import { type Clock, skewedClock } from './clock.ts'
import { adminServer } from './http/admin-server.ts'
import { MerchantApi } from './http/merchant-api.ts'
import { merchantServer } from './http/merchant-server.ts'
import { type Levers, leversOf } from './levers.ts'
import { Round } from './rounds.ts'
import type { Settings } from './settings.ts'
import { WebhookSender } from './webhooks/sender.ts'

/** Each of two rounds asks the books; together, once a second. */
const PAUSE_MS = 2_000
const EXPIRED_AT_A_TIME = 100
const HOUR_MS = 3_600_000

export interface Acquirer {
  readonly port: number
  readonly adminPort: number
  stop(): Promise<void>
}

export async function startAcquirer(settings: Settings): Promise<Acquirer> {
  const log = new Log({ service: 'acquirer', level: settings.LOG_LEVEL, print: (line) => process.stdout.write(line) })
  const clock = skewedClock(settings.ACQUIRER_CLOCK_SKEW_SECONDS)
  // `pipeline` is newer than pg's types: what is known already is sent at once.
  const options: pg.PoolConfig & { readonly pipeline: boolean } = {
    connectionString: settings.DATABASE_URL,
    max: settings.DATABASE_POOL_SIZE,
    pipeline: true,
    options: '-c timezone=UTC',
    connectionTimeoutMillis: 5_000,
  }
  const pool = new pg.Pool(options)
  pool.on('error', ({ message }) => log.write('warn', 'a resting connection to the database broke', { error: message }))
  // One that breaks while it changes hands has no other listener, and whoever gets it finds out: libs/service-kit/src/database/broken-connection.int.spec.ts
  pool.on('connect', (client) => client.on('error', () => undefined))
  let levers: Levers = leversOf(settings)
  const sender = senderOf(settings, pool, clock, log)
  const teller =
    sender && new Round({ name: 'telling the merchant', pauseMs: PAUSE_MS, work: () => sender.send(), log })
  const telling = new Telling(teller ? settings.ACQUIRER_WEBHOOK_TYPES : [], () => teller?.wake())
  const charges = new Charges(pool, clock, settings.ACQUIRER_HOLD_SECONDS * 1000, telling)
  const books = { cards: new Cards(pool, clock), charges, operations: new Operations(pool, clock, telling) }
  const { ACQUIRER_TLS_CERT_FILE: certFile, ACQUIRER_TLS_KEY_FILE: keyFile } = settings
  const merchant = merchantServer({
    api: new MerchantApi(books, () => levers, Math.random),
    apiKey: settings.ACQUIRER_API_KEY,
    levers: () => levers,
    random: Math.random,
    log,
    tls: certFile === undefined || keyFile === undefined ? null : { certFile, keyFile },
  })
  const admin = adminServer({
    log,
    ready: async () => (await pool.query('SELECT 1').catch(() => null)) !== null,
    levers: () => levers,
    pull: (change) => {
      levers = { ...levers, ...(Object.fromEntries(Object.entries(change)) as Partial<Levers>) }
      log.write('info', 'levers were pulled', { ...levers })
    },
  })
  await listen(merchant, settings.ACQUIRER_PORT, settings.ACQUIRER_ADDRESS)
  await listen(admin, settings.ACQUIRER_ADMIN_PORT, '127.0.0.1')
  const letGo = () => charges.expire(EXPIRED_AT_A_TIME)
  const rounds = [new Round({ name: 'letting holds go', pauseMs: PAUSE_MS, work: letGo, log })]
  if (sender && teller) {
    const work = () => sender.forgetOld().then(() => 0)
    rounds.push(teller, new Round({ name: 'forgetting', pauseMs: HOUR_MS, work, log }))
  }
  for (const round of rounds) round.start()
  const ports = { port: portOf(merchant), adminPort: portOf(admin) }
  log.write('info', 'ready', ports)
  return {
    ...ports,
    stop: async () => {
      await Promise.all([close(merchant), close(admin), ...rounds.map((round) => round.stop())])
      await pool.end()
    },
  }
}

/** Null where the merchant listens nowhere. */
function senderOf(settings: Settings, pool: pg.Pool, clock: Clock, log: Log): WebhookSender | null {
  const { ACQUIRER_WEBHOOK_URL: url, ACQUIRER_WEBHOOK_SECRET: secret } = settings
  return url === undefined ? null : new WebhookSender(pool, { url, secret }, clock, log)
}

const listen = (server: http.Server, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port

/** What is under way ends; connections that rest are closed, and after a moment the others too: lost answers would keep them for long. */
async function close(server: http.Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), 400)
  await closed
  clearTimeout(late)
}
