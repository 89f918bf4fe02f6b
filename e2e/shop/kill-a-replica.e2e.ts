/** `kill -9` of one replica during purchases loses none, for each service. */
import { expect, inject, test } from 'vitest'
import { Customer, orderOf } from '../testing/client.ts'
import { pidsOf } from '../testing/processes.ts'

const { url, home } = inject('shop')
const BUYERS = 4
const PURCHASES_EACH = 6

test.each(['orders', 'payments', 'inventory'])(
  'killing %s-1 during purchases loses no purchase',
  async (service) => {
    const { items } = await new Customer(url).products('?limit=100')
    const sku = items.reduce((most, product) => (product.stock.available > most.stock.available ? product : most)).sku
    const stock = async () =>
      (await new Customer(url).products('?limit=100')).items.find((product) => product.sku === sku)!.stock.available
    const before = await stock()

    let bought = 0
    let killed = false
    const buyer = async () => {
      const customer = new Customer(url)
      for (let n = 0; n < PURCHASES_EACH; n++) {
        const order = await customer.decided(await customer.buy(orderOf(sku)))
        expect(order.state).toBe('confirmed')
        bought++
        if (!killed && bought >= 3) {
          killed = true
          process.kill(pidsOf(home)[`${service}-1`]!, 'SIGKILL')
        }
      }
    }
    await Promise.all(Array.from({ length: BUYERS }, buyer))
    expect(killed).toBe(true)
    expect(bought).toBe(BUYERS * PURCHASES_EACH)
    expect(await stock()).toBe(before - BUYERS * PURCHASES_EACH)
  },
  120_000,
)
