/**
 * Open loop: a purchase begins when it is due, however the ones before it fare, as customers do. So a shop that stands still is not asked less, and what it owes
 * grows. Bounded by the run's length and by how many errands may be under way.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { OwnOrders } from './own-orders.ts'
import { persist, type Pace } from './persist.ts'
import { runErrand, type Buyer, type Errand, type Purchase } from './purchase.ts'

export interface LoadOptions extends Pace {
  readonly url: string
  readonly durationMs: number
  /** Purchases a second. */
  readonly rate: number
  /** In [0, 1). */
  readonly random: () => number
  readonly acquirerIsSilent: () => boolean
}

/** Each is somebody with a session of their own; more would only be more rows. */
const CUSTOMERS = 20
/** One in twenty changes its mind … */
const CANCELLING = 0.05
/** … and one in twenty buys two, and gives one of them back or both. */
const GIVING_BACK = 0.05
/** Half of them want the same mug: one row of stock that everybody is after. */
const HOT = 0.5
const UNDER_WAY_AT_MOST = 2_000

export async function runLoad(options: LoadOptions): Promise<Purchase[]> {
  const { url, durationMs, rate, random, elapsedMs, acquirerIsSilent } = options
  const buyers = await Promise.all(Array.from({ length: CUSTOMERS }, () => arrive(url, options)))
  const { items } = await buyers[0]!.customer.products('?limit=100')
  const plentiful = items.filter(({ stock }) => stock.available >= 100).map(({ sku }) => sku)
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!

  const errandNow = (): Errand => {
    const sku = random() < HOT ? MUG : oneOf(plentiful)
    const behaviour = acquirerIsSilent() ? 'timeout-after-charge' : cardOf(random())
    const quantity = random() < GIVING_BACK ? 1 + Math.floor(random() * 2) : 0
    const givesBack = quantity === 0 ? [] : [{ sku, quantity }]
    const request = orderOf(sku, quantity === 0 ? 1 : 2, behaviour)
    return { request, key: randomUUID(), cancels: random() < CANCELLING, givesBack }
  }

  const under = new Set<Promise<void>>()
  const purchases: Purchase[] = []
  for (let n = 0; (n * 1000) / rate < durationMs; n++) {
    await sleep(Math.max(0, (n * 1000) / rate - elapsedMs()))
    if (under.size >= UNDER_WAY_AT_MOST) throw new Error(`${under.size} purchases are under way: the shop stands still`)
    const errand = runErrand(oneOf(buyers), errandNow(), options)
      .then((purchase) => void purchases.push(purchase))
      .finally(() => under.delete(errand))
    under.add(errand)
  }
  await Promise.all(under)
  return purchases
}

function cardOf(dice: number): Parameters<typeof orderOf>[2] {
  if (dice < 0.03) return 'decline'
  if (dice < 0.05) return 'insufficient-funds'
  if (dice < 0.1) return 'fail-once'
  if (dice < 0.12) return 'timeout-after-charge'
  return 'approve'
}

/** A session before anything breaks: an order is its customer's, and only its customer may look. A cold shop may be slow to so many at once. */
async function arrive(url: string, pace: Pace): Promise<Buyer> {
  const customer = new Customer(url)
  const cart = { items: [{ sku: MUG, quantity: 1 }] }
  const { answer, failure } = await persist(() => customer.call('PUT', '/api/v1/cart', cart), pace)
  if (customer.cookie === undefined)
    throw new Error(`the shop gave no session: ${failure ?? `${answer?.status} ${JSON.stringify(answer?.body)}`}`)
  return { customer, ownOrders: new OwnOrders(customer, pace) }
}
