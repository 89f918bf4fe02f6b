/**
 * `npm run bench:acquirer [-- --json FILE]`: what the acquirer's process holds, at rest and after 500 payments (token, charge, capture, refund). A shop of its
 * own, so that it runs as `npm start` runs it; the payments go straight to its door, as payments' sidecar would send them.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CardToken, testCards } from '@meshmart/contracts'
import { Results } from '../report/results.ts'
import { startShop, wipe } from '../testing/shop-under-test.ts'
import { footprintOf } from './harness/kernel.ts'

const PAYMENTS = 500
const CLIENTS = 8
/** Until the garbage of the start, or of the load, is collected and given back. */
const SETTLE_MS = 5_000
const amount = { amount: 1_000, currency: 'EUR' }

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const results = new Results()
const shop = await startShop()
try {
  const pid = shop.pids()['acquirer']
  if (pid === undefined) throw new Error('there is no process of the name acquirer')
  const key = readFileSync(join(shop.home, 'secrets/acquirer/api-key'), 'utf8').trim()
  const [, port] = /targetPort: (\d+)/.exec(readFileSync(join(shop.home, 'mesh/acquirer.yaml'), 'utf8')) ?? []
  const ca = readFileSync(join(shop.home, 'secrets/mesh/public/acquirer.pem'))
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, ca, servername: 'acquirer.example.com' })
  const ask = (path: string, body: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const outgoing = request({ host: '127.0.0.1', port, agent, method: 'POST', path, headers }, (response) => {
        let said = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
        response.once('error', reject).once('end', () => {
          if ((response.statusCode ?? 0) < 300) resolve(JSON.parse(said))
          else reject(new Error(`${path}: ${response.statusCode} ${said}`))
        })
      })
      outgoing.once('error', reject).end(JSON.stringify(body))
    })
  const { number } = testCards.find(({ behaviour }) => behaviour === 'approve')!
  const pay = async (): Promise<void> => {
    const { token } = CardToken.parse(await ask('/v1/tokens', { card: { number, expiry: '12/99', cvc: '987' } }))
    const reference = randomUUID()
    await ask('/v1/charges', { reference, token, amount })
    for (const kind of ['capture', 'refund'])
      await ask(`/v1/charges/${reference}/operations`, { reference: randomUUID(), kind, amount })
  }

  const take = async (name: string): Promise<number> => {
    await sleep(SETTLE_MS)
    const { pssMb, rssMb } = footprintOf(pid)
    results.add(name, 'acquirer', { pss_mb: pssMb, rss_mb: rssMb })
    return pssMb
  }
  await take('at rest')
  let next = 0
  const client = async (): Promise<void> => {
    while (next++ < PAYMENTS) await pay()
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const after = await take(`after ${PAYMENTS} payments`)
  agent.destroy()
  results.atMost(`proportional set after ${PAYMENTS} payments`, after, 60, 'MB')
  results.print()
  results.write(values.json)
} finally {
  await shop.stop()
  wipe(shop.home)
}
process.exitCode = results.targets.every(({ met }) => met) ? 0 : 1
