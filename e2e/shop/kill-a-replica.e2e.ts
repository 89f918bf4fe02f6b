/**
 * `kill -9` of one replica during purchases loses none, for each service: no customer hears of it, and afterwards the books agree. Where the sidecar is a process
 * of its own, either of the two dies alone: the application, for which its sidecar still answers, or the sidecar.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, orderOf } from '../testing/client.ts'
import { logOf, pidsOf } from '../testing/processes.ts'
import { processesOf } from '../testing/replicas.ts'

const { url, home } = inject('shop')
const BUYERS = 4
const PURCHASES_EACH = 6

let books: Books
beforeAll(async () => {
  books = await Books.open(home)
})
afterAll(() => books?.close())

const starts = (process: string): number => logOf(home, process).split(/"message":"(?:ready|sidecar: open)"/).length
const replicas = ['orders', 'payments', 'inventory'].flatMap((service) => [`${service}-1`, `${service}-2`])

// One after the other: the second kill meets callers that have just left the first replica out, and must find it again.
test.each(replicas.flatMap((replica) => processesOf(home, replica)))(
  'killing %s during purchases loses no purchase',
  async (victim) => {
    const { items } = await new Customer(url).products('?limit=100')
    const sku = items.reduce((most, product) => (product.stock.available > most.stock.available ? product : most)).sku
    const stock = async () =>
      (await new Customer(url).products('?limit=100')).items.find((product) => product.sku === sku)!.stock.available
    const before = await stock()
    const startsBefore = starts(victim)

    const bought: string[] = []
    let killed = false
    const buyer = async () => {
      const customer = new Customer(url)
      for (let n = 0; n < PURCHASES_EACH; n++) {
        // Asked once: trying again is the mesh's business, not the customer's.
        const answer = await customer.call('POST', '/api/v1/orders', orderOf(sku), { 'idempotency-key': randomUUID() })
        const order = await customer.decided(answer)
        expect(order.state).toBe('confirmed')
        bought.push(order.id)
        if (!killed && bought.length >= 3) {
          killed = true
          process.kill(pidsOf(home)[victim]!, 'SIGKILL')
        }
      }
    }
    await Promise.all(Array.from({ length: BUYERS }, buyer))
    expect(killed).toBe(true)
    expect(new Set(bought).size).toBe(BUYERS * PURCHASES_EACH)
    expect(await stock()).toBe(before - BUYERS * PURCHASES_EACH)
    expect(await books.settled()).toEqual([])
    await expect.poll(() => starts(victim), { timeout: 30_000, interval: 100 }).toBeGreaterThan(startsBefore)
  },
  120_000,
)
