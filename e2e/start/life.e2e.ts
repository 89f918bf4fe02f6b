/** One home over its life: bought in, crashed, found again, stopped. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Order } from '@meshmart/contracts'
import { afterAll, expect, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { logOf } from '../testing/processes.ts'
import { processesOf } from '../testing/replicas.ts'
import { clone, startShop, wipe, type ShopUnderTest } from '../testing/shop-under-test.ts'

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** When a process said this last, in milliseconds since 1970. */
function saidAt(home: string, process: string, message: string): number {
  const line = logOf(home, process)
    .split('\n')
    .findLast((text) => text.includes(`"message":"${message}"`))
  return Date.parse((JSON.parse(line ?? '{"time":""}') as { time: string }).time)
}

let shop: ShopUnderTest | undefined
afterAll(async () => {
  await shop?.stop()
  if (shop !== undefined) wipe(shop.home)
}, 30_000)

test('data outlives a crash of the starter; the next start cleans up; Ctrl-C leaves nothing behind within 5 s', async () => {
  shop = await startShop()
  const { home } = shop
  const customer = new Customer(shop.url)
  const order = await customer.decided(await customer.buy(orderOf(MUG)))
  const before = shop.pids()

  process.kill(shop.pid, 'SIGKILL')
  await shop.exited
  expect(Object.values(before).some(lives)).toBe(true)

  shop = await startShop({ home, port: Number(new URL(shop.url).port) })
  expect(shop.output()).toContain('The last start ended without cleaning up')
  expect(Object.values(before).filter(lives)).toEqual([])
  const found = await customer.call('GET', `/api/v1/orders/${order.id}`)
  expect(Order.parse(found.body).state).toBe('confirmed')

  for (const name of processesOf(home, 'inventory-1')) {
    process.kill(shop.pids()[name]!, 'SIGKILL')
    await expect
      .poll(() => shop!.output(), { timeout: 10_000 })
      .toContain(`${name} was killed by SIGKILL; the others go on`)
    expect((await customer.decided(await customer.buy(orderOf(MUG)))).state).toBe('confirmed')
    await expect.poll(() => lives(shop!.pids()[name]!), { timeout: 10_000 }).toBe(true)
  }

  const pids = Object.values(shop.pids())
  const [replica = '', sidecar = replica] = processesOf(home, 'orders-1')
  const { code, ms } = await shop.stop()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(5000)
  expect(pids.filter(lives)).toEqual([])
  expect(shop.output()).not.toContain('did not stop within')
  // A sidecar beside it leaves the registry and finishes before the application is told.
  const drained = saidAt(home, sidecar, 'sidecar: drained')
  if (sidecar === replica) expect(drained).toBeGreaterThanOrEqual(saidAt(home, replica, 'stopping'))
  else expect(drained).toBeLessThanOrEqual(saidAt(home, replica, 'stopping'))

  const reset = execFileSync(process.execPath, [join(clone, 'infra/local/reset.ts')], {
    env: { ...process.env, MESHMART_HOME: home },
    encoding: 'utf8',
  })
  expect(reset).toContain('Wiped')
  expect(['data', 'secrets', 'logs'].filter((name) => existsSync(join(home, name)))).toEqual([])
}, 180_000)
