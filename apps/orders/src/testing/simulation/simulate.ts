/**
 * One run of the checkout saga: the real driver, steps, compensations and decisions, on two replicas that are killed and started again, beside neighbours that lose
 * calls, customers who change their minds about an order or about pieces of it, staff who have what is stuck tried again, and an acquirer that declines, lets go and
 * refuses to refund; then peace, and the books are read.
 */
import type { OrderState } from '@meshmart/contracts'
import { Interleaving, type Actor } from '@meshmart/service-kit/testing'
import { CheckoutDriver } from '../../checkout/driver.ts'
import { LeaseLost } from '../../persistence/claim.ts'
import { ModelMemory } from './model-memory.ts'
import { ENDED, ModelShop, price, type Sabotage, type Troubles } from './model-partners.ts'

const QUIET = { warn: () => undefined }
const ENDS: readonly OrderState[] = ['confirmed', 'rejected', 'cancelled']
const REPLICAS = ['orders-1', 'orders-2'] as const

export interface Run {
  readonly violations: readonly string[]
  readonly ends: readonly string[]
  readonly deaths: number
  /** Returns that were accepted. */
  readonly returned: number
  /** Attempts at a refund that left an order to staff. */
  readonly stuck: number
}

/** Wrong on purpose, to see that it is found. */
export interface Wrong extends Sabotage {
  readonly blind?: boolean
}

export async function simulate(seed: number, wrong: Wrong = {}): Promise<Run> {
  const interleaving = new Interleaving(seed)
  const { random } = interleaving
  const sometimes = (share: number, most: number): number => (random() < share ? random() * most : 0)
  const troubles: Troubles = {
    lost: sometimes(0.6, 0.4),
    declined: sometimes(0.3, 1),
    pending: sometimes(0.4, 1),
    expired: sometimes(0.2, 0.1),
    refused: sometimes(0.4, 0.8),
  }
  const clean = { ...troubles }
  const shop = new ModelShop(interleaving, troubles, wrong)
  const memory = new ModelMemory(interleaving, (order) => shop.noteEnd(order), wrong)
  const orders = ['order-a', 'order-b']
  const oneOf = (): string => orders[Math.floor(random() * orders.length)]!
  const stock = (shop.books.stock = 1 + Math.floor(random() * 6))
  const cancelled = new Set<string>()
  // Some say what they have agreed to pay, and some of those for another price than there is: by the seed, so that all else goes as it would.
  const misled = new Set<string>()
  for (const [index, order] of orders.entries()) {
    const quantity = 1 + Math.floor(random() * 3)
    const says = (seed + 7 * index) % 10
    if (says === 0) misled.add(order)
    const amount = quantity * price.amount - (says === 0 ? 1 : 0)
    memory.place(order, quantity, says < 5 ? { ...price, amount } : null)
  }
  let deaths = 0

  const startReplica = (name: string): void => {
    interleaving.spawn(
      name,
      (actor) => work(interleaving, memory, shop, actor),
      () => {
        deaths++
        startReplica(name)
      },
    )
  }
  const startAcquirer = (): void => {
    interleaving.spawn('acquirer', (actor) => shop.acquirer(actor), startAcquirer)
  }
  for (const name of REPLICAS) startReplica(name)
  startAcquirer()
  const startSweep = (): void => {
    interleaving.spawn('sweep', (actor) => shop.sweep(actor), startSweep)
  }
  startSweep()
  const startStaff = (): void => {
    interleaving.spawn('staff', (actor) => haveTriedAgain(interleaving, memory, oneOf, actor), startStaff)
  }
  startStaff()
  if (random() < 0.5) {
    const order = oneOf()
    interleaving.spawn('customer', async (actor) => {
      for (let n = Math.floor(random() * 120); n > 0; n--) await interleaving.point(actor)
      cancelled.add(order)
      memory.cancel(order)
    })
  }
  // Some give pieces back, at once where the order is just confirmed, several racing for the same ones; who hears nothing asks again with the same key.
  let returned = 0
  for (let n = Math.floor(random() * 4); n > 0; n--) {
    const [order, key, quantity] = [oneOf(), `return-${n}`, 1 + Math.floor(random() * 2)]
    interleaving.spawn('returner', async (actor) => {
      const isDecided = (): boolean => ENDS.includes(memory.rows.get(order)!.checkout.state)
      for (let tries = 100; tries > 0 && !isDecided(); tries--) await interleaving.point(actor)
      for (let m = Math.floor(random() * 30); m > 0; m--) await interleaving.point(actor)
      const accepted = memory.giveBack(order, key, quantity, price)
      if (accepted) returned++
      await interleaving.point(actor)
      if (accepted && !memory.giveBack(order, key, quantity, price)) throw new Error(`${key} is not known again`)
    })
  }

  interleaving.deadliness = sometimes(0.8, 0.06)
  let steps = 0
  const troubleFor = 50 + Math.floor(random() * 400)
  await interleaving.run(() => steps++ >= troubleFor)
  interleaving.deadliness = 0
  // What is refused is no trouble of the network, and goes on.
  Object.assign(troubles, { lost: 0, pending: 0, expired: 0 })
  // Late calls and a customer who is slow to decide are waited for too.
  const atRest = (): boolean =>
    [...memory.rows.values()].every((row) => row.finished) &&
    interleaving.only([...REPLICAS, 'acquirer', 'sweep', 'staff', 'renewal'])
  await interleaving.run(atRest)

  const ends = [...memory.rows.values()].map(({ checkout }) => checkout.state)
  const violations = violationsOf({ memory, shop, stock, cancelled, misled, clean })
  return { violations, ends, deaths, returned, stuck: memory.stuck }
}

/** A replica's hands (checkout/worker.ts), as simple as they can be: claim, drive, and sometimes be too slow to renew. */
async function work(interleaving: Interleaving, memory: ModelMemory, shop: ModelShop, actor: Actor): Promise<void> {
  const instance = `${actor.name}-${interleaving.random()}`
  const partners = { inventory: shop.inventoryFor(actor), payments: shop.paymentsFor(actor) }
  const driver = new CheckoutDriver(memory.for(actor), partners, QUIET)
  interleaving.spawn('renewal', async (renewal) => {
    while (actor.alive) {
      await interleaving.point(renewal)
      if (actor.alive && interleaving.random() < 0.5) memory.renew(instance)
    }
  })
  for (;;) {
    await interleaving.point(actor)
    const claim = memory.claimDue(instance)
    if (claim === null) continue
    try {
      await driver.drive(claim, null, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error
    }
  }
}

/** Now and then somebody of the staff looks at an order, and has its step tried again. */
async function haveTriedAgain(
  interleaving: Interleaving,
  memory: ModelMemory,
  oneOf: () => string,
  actor: Actor,
): Promise<void> {
  for (;;) {
    await interleaving.point(actor)
    if (interleaving.random() < 0.1) memory.retry(oneOf())
  }
}

interface Outcome {
  readonly memory: ModelMemory
  readonly shop: ModelShop
  readonly stock: number
  readonly cancelled: ReadonlySet<string>
  /** Who agreed to another price than there is. */
  readonly misled: ReadonlySet<string>
  readonly clean: Troubles
}

/** What must hold of the books when all has come to rest, in words where it does not. */
function violationsOf({ memory, shop, stock, cancelled, misled, clean }: Outcome): string[] {
  const { books } = shop
  const found: string[] = []
  const wrong = (order: string, what: string) => found.push(`${order}: ${what}`)
  let gone = 0
  const wanted = [...memory.rows.values()].reduce((sum, { bought }) => sum + bought, 0)
  for (const [order, { checkout, returns, history, events, finished }] of memory.rows) {
    const payment = books.payments.get(order)
    const reservation = books.reservations.get(order)?.state ?? 'none'
    const effects = books.effects.get(order) ?? []
    const { state } = checkout
    const paid = (payment?.captured.amount ?? 0) - (payment?.refunded.amount ?? 0)
    const kept = state === 'confirmed' ? (checkout.items[0]?.quantity ?? 0) : 0
    const due = kept * price.amount
    gone += kept
    if (!finished || !ENDS.includes(state)) wrong(order, `ends as ${state}`)
    if (paid !== due) wrong(order, `${state}, due ${due}, paid ${paid}`)
    if (state === 'confirmed' && kept === 0) wrong(order, 'is confirmed, and nothing of it is kept')
    for (const { id, state: at } of returns.values()) {
      if (at !== 'returned') wrong(order, `${id} ends as ${at}`)
      if (events.filter((event) => event === `returned ${id}`).length !== 1) wrong(order, `${id} is not announced once`)
    }
    const after = effects.slice(effects.indexOf(ENDED) + 1)
    if (effects.includes(ENDED) && after.length > 0) wrong(order, `${state}, and then ${after.join(' ')}`)
    if ((reservation === 'confirmed') !== (state === 'confirmed')) wrong(order, `${state}, goods ${reservation}`)
    if (payment?.state === 'authorised' || payment?.state === 'pending')
      wrong(order, `${state}, money still ${payment.state}`)
    if (new Set(effects).size !== effects.length) wrong(order, `effects ${effects.join(' ')}`)
    if (new Set(history).size !== history.length || history.at(-1) !== state)
      wrong(order, `history ${history.join(' ')}`)
    const announced = history.filter((each) => each === 'confirmed' || each === 'cancelled')
    const told = events.filter((event) => !event.startsWith('returned'))
    if (told.join() !== announced.join()) wrong(order, `announced ${events.join(' ')}, history ${history.join(' ')}`)
    if (cancelled.has(order) && state === 'confirmed') wrong(order, 'was cancelled and is confirmed')
    if (misled.has(order) && (history.includes('reserved') || payment !== undefined))
      wrong(order, `goes on at another price: ${history.join(' ')}`)
    // A hold that ran out while its replicas were dying is a reason too: its goods may have been somebody else's meanwhile.
    const isGivenBack = history.includes('confirmed') && checkout.items.length === 0
    const ranOut = effects.includes('expire-hold')
    const mayFail =
      ranOut ||
      misled.has(order) ||
      cancelled.has(order) ||
      clean.declined > 0 ||
      clean.expired > 0 ||
      stock < wanted ||
      isGivenBack
    if (state !== 'confirmed' && !mayFail) wrong(order, `${state} for no reason`)
  }
  if (books.stock !== stock - gone) wrong('stock', `${books.stock} of ${stock} left, ${gone} sold`)
  return found
}
