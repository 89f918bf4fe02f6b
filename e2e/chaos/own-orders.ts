/**
 * What one customer has bought and does not know the end of: looked at together on the page of their orders, and not one by one, as somebody does who has bought more
 * than one thing. A shop that is behind must not spend its time on being asked how far it is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFinalOrderState, isSettledOrder, Order, OrderList, type OrderState } from '@meshmart/contracts'
import type { Answer, Customer } from '../testing/client.ts'
import { millisecondsOf, persist, type Pace } from './persist.ts'

/** Between two looks, at least and at most. */
const LOOKS_AFTER_MS = [10_000, 15_000] as const
/** With so few one asks for each of them; a page costs as much as two or three. */
const ONE_BY_ONE = 2
/** Of one page. */
const PAGE_AT_MOST = 100

interface Awaited {
  /** Of the run: when the shop said to come again. */
  readonly notBeforeMs: number
  /** As it was seen last; null where that could not be its end. */
  state: OrderState | null
  readonly tell: (state: OrderState | null) => void
}

export class OwnOrders {
  readonly #customer: Customer
  readonly #pace: Pace
  readonly #awaited = new Map<string, Awaited>()

  constructor(customer: Customer, pace: Pace) {
    this.#customer = customer
    this.#pace = pace
  }

  /**
   * The state in which the order has come to an end and nothing of it is on its way back; or, when the time of the run is over, that in which it was seen last.
   * @param said the answer that left it open, and may say when to come again
   */
  endOf(orderId: string, said: Answer | null): Promise<OrderState | null> {
    const { promise, resolve: tell } = Promise.withResolvers<OrderState | null>()
    const isFirst = this.#awaited.size === 0
    this.#awaited.set(orderId, { notBeforeMs: this.#pace.elapsedMs() + millisecondsOf(said), state: null, tell })
    if (isFirst) void this.#lookAfterThem()
    return promise
  }

  async #lookAfterThem(): Promise<void> {
    const { elapsedMs, endsByMs } = this.#pace
    let isLast = false
    while (this.#awaited.size > 0 && !isLast) {
      const dueMs = Math.min(...[...this.#awaited.values()].map(({ notBeforeMs }) => notBeforeMs)) - elapsedMs()
      const pauseMs = Math.max(dueMs, this.#pauseMs())
      // The last look is at the end.
      const leftMs = Math.max(0, endsByMs - elapsedMs())
      isLast = pauseMs >= leftMs
      await sleep(Math.min(pauseMs, leftMs))
      for (const order of await this.#look()) this.#see(order)
    }
    for (const { state, tell } of this.#awaited.values()) tell(state)
    this.#awaited.clear()
  }

  #pauseMs(): number {
    const [least, most] = LOOKS_AFTER_MS
    return least + this.#pace.jitter() * (most - least)
  }

  async #look(): Promise<Order[]> {
    const seen = this.#awaited.size > ONE_BY_ONE ? await this.#newest(2 * this.#awaited.size) : []
    const unseen = [...this.#awaited.keys()].filter((id) => !seen.some((order) => order.id === id))
    const each = await Promise.all(unseen.map((id) => this.#one(id)))
    return [...seen, ...each.filter((order) => order !== null)]
  }

  async #newest(count: number): Promise<Order[]> {
    const path = `/api/v1/orders?limit=${Math.min(count, PAGE_AT_MOST)}`
    const { answer } = await persist(() => this.#customer.call('GET', path), this.#pace)
    return answer?.status === 200 ? OrderList.parse(answer.body).items : []
  }

  async #one(id: string): Promise<Order | null> {
    const { answer } = await persist(() => this.#customer.call('GET', `/api/v1/orders/${id}`), this.#pace)
    return answer?.status === 200 ? Order.parse(answer.body) : null
  }

  #see(order: Order): void {
    const awaited = this.#awaited.get(order.id)
    if (awaited === undefined) return
    if (isSettledOrder(order)) {
      this.#awaited.delete(order.id)
      awaited.tell(order.state)
    }
    // A confirmed order of which pieces are still on their way has not come to its end for whoever gave them back.
    awaited.state = isFinalOrderState(order.state) ? null : order.state
  }
}
