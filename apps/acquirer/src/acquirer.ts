/** The acquirer, put together: books, two doors, and two things that it does by itself. */
import type http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Log } from '@meshmart/contracts/log'
import pg from 'pg'
import { Cards } from './book/cards.ts'
import { Charges } from './book/charges.ts'
import { Operations } from './book/operations.ts'
import { skewedClock } from './clock.ts'
import { adminServer } from './http/admin-server.ts'
import { MerchantApi } from './http/merchant-api.ts'
import { merchantServer } from './http/merchant-server.ts'
import { type Levers, leversOf } from './levers.ts'
import { goRound } from './rounds.ts'
import type { Settings } from './settings.ts'
import { WebhookSender } from './webhooks/sender.ts'

const PAUSE_MS = 200
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
  const pool = new pg.Pool({
    connectionString: settings.DATABASE_URL,
    max: settings.DATABASE_POOL_SIZE,
    options: '-c timezone=UTC',
    connectionTimeoutMillis: 5_000,
  })
  pool.on('error', ({ message }) => log.write('warn', 'a resting connection to the database broke', { error: message }))
  let levers: Levers = leversOf(settings)
  const told = settings.ACQUIRER_WEBHOOK_URL === undefined ? [] : settings.ACQUIRER_WEBHOOK_TYPES
  const charges = new Charges(pool, clock, settings.ACQUIRER_HOLD_SECONDS * 1000, told)
  const books = { cards: new Cards(pool, clock), charges, operations: new Operations(pool, clock, told) }
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
  const stop = new AbortController()
  const rounds = [goRound('letting holds go', PAUSE_MS, () => charges.expire(EXPIRED_AT_A_TIME), stop.signal, log)]
  if (settings.ACQUIRER_WEBHOOK_URL !== undefined) {
    const merchantDoor = { url: settings.ACQUIRER_WEBHOOK_URL, secret: settings.ACQUIRER_WEBHOOK_SECRET }
    const sender = new WebhookSender(pool, merchantDoor, clock, log)
    rounds.push(goRound('telling the merchant', PAUSE_MS, () => sender.send(), stop.signal, log))
    rounds.push(goRound('forgetting', HOUR_MS, () => sender.forgetOld().then(() => 0), stop.signal, log))
  }
  const ports = { port: portOf(merchant), adminPort: portOf(admin) }
  log.write('info', 'ready', ports)
  return {
    ...ports,
    stop: async () => {
      stop.abort()
      await Promise.all([close(merchant), close(admin), ...rounds])
      await pool.end()
    },
  }
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
