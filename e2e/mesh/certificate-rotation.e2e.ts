/** Certificates are renewed at half of their life while customers buy: nobody notices, and what is served really changes. Who slept through the end of its own comes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { listeningPorts, logOf } from '../testing/processes.ts'
import { meshLogOf, processesOf, sidecarOf, tlsPortOf } from '../testing/replicas.ts'
import { startShop, wipe, type ShopUnderTest } from '../testing/shop-under-test.ts'

const TTL_SECONDS = 20
/** Longer than a life: whoever did not renew in time would have nothing valid left. */
const BUY_FOR_MS = 25_000
const REPLICAS = ['orders-1', 'orders-2', 'payments-1', 'payments-2', 'inventory-1', 'inventory-2', 'gateway-1']

let shop: ShopUnderTest | undefined
beforeAll(async () => {
  shop = await startShop({ environment: { MESH_CERTIFICATE_TTL_SECONDS: String(TTL_SECONDS) } })
}, 60_000)
afterAll(async () => {
  await shop?.stop()
  if (shop !== undefined) wipe(shop.home)
}, 30_000)

/** Serial number of the certificate that a port shows; undefined where it does not speak TLS. */
function servedSerial(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Who it is does not matter here, only whether it is another one than before.
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, timeout: 2000 }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
    socket.once('timeout', () => socket.destroy(new Error('no TLS')))
  })
}

async function serials(running: ShopUnderTest): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const name of REPLICAS)
    for (const port of listeningPorts(running.pids()[sidecarOf(running.home, name)]!)) {
      const serial = await servedSerial(port)
      if (serial !== undefined) found.set(name, serial)
    }
  return found
}

test('certificates change under purchases, and no request and no connection to NATS is lost', async () => {
  const running = shop!
  const before = await serials(running)
  expect([...before.keys()].toSorted()).toEqual(REPLICAS.toSorted())

  const until = Date.now() + BUY_FOR_MS
  const statuses: number[] = []
  const buyer = async () => {
    const customer = new Customer(running.url)
    while (Date.now() < until) {
      const key = crypto.randomUUID()
      const answer = await customer.call('POST', '/api/v1/orders', orderOf(MUG), { 'idempotency-key': key })
      statuses.push(answer.status)
    }
  }
  await Promise.all([buyer(), buyer()])

  expect(statuses.length).toBeGreaterThan(10)
  // No second try by the client. 409: the mugs are sold out, which is an answer too.
  expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([])
  const after = await serials(running)
  for (const name of REPLICAS) {
    expect(after.get(name), name).not.toBe(before.get(name))
    for (const process of processesOf(running.home, name)) {
      const log = logOf(running.home, process)
      const renewals = log.split('certificate renewed').length - 1
      expect(renewals, process).toBeGreaterThanOrEqual(2)
      // At half of the life, and not in a loop.
      expect(renewals, process).toBeLessThanOrEqual(8)
      expect(log, process).not.toContain('nats: connection lost')
      expect(log, process).not.toContain('certificate not renewed')
    }
  }
}, 60_000)

test('who sleeps for longer than its certificate lives proves itself anew, and is asked again', async () => {
  const running = shop!
  const replica = 'orders-2'
  const port = await tlsPortOf(running.home, replica)
  const before = await servedSerial(port)
  const pids = processesOf(running.home, replica).map((name) => running.pids()[name]!)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  // Whenever it was issued, it is over by then.
  await sleep(TTL_SECONDS * 1000 + 1000).finally(() => {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  })
  await expect.poll(() => servedSerial(port), { timeout: 15_000 }).not.toBe(before)

  const asked = () => meshLogOf(running.home, replica).split(' inbound "').length
  const askedBefore = asked()
  const customer = new Customer(running.url)
  const statuses = new Set<number>()
  const buy = async () => {
    statuses.add((await customer.buy(orderOf(MUG))).status)
    return asked()
  }
  // Its callers may have left it out for a while; the other one answers meanwhile.
  await expect.poll(buy, { timeout: 30_000, interval: 200 }).toBeGreaterThan(askedBefore)
  expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([])
}, 90_000)
