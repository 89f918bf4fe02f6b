/**
 * The replica's hands. It drives what its own requests have placed, and what nobody works on any more: retries that have fallen due, and orders
 * of a replica that died. A notice from PostgreSQL wakes it; a slow poll stands behind that, because a dead replica sends no notice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Order } from '@meshmart/contracts'
import { Log, SETTINGS, withTrace } from '@meshmart/service-kit'
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'
import { Notifications } from '../events/notifications.ts'
import { CheckoutStore } from '../persistence/checkout-store.ts'
import { LeaseLost, RENEW_EVERY_MS, type Claim } from '../persistence/claim.ts'
import type { OrdersSettings } from '../settings.ts'
import type { Checkout } from './checkout.ts'
import { CheckoutDriver } from './driver.ts'
import { decidingMs, Hands } from './hands.ts'

/** Orders that one replica takes up before it is their turn … */
const adoptAhead = 8
/** … so many together where more wait than that … */
const adoptTogether = 4
/** … and as long as it has not more than these under way: most of them wait for somebody who is silent. */
const underWayAtMost = 64
/** What is placed now waits for others: so many of this replica's, or for so long. */
const behindAt = 16
const behindMs = 3_000
/** What a checkout takes in a busy shop once it is its turn. */
const decidedInMs = 2_000
const slowPollMs = 1_000
/** After a lease's end was passed, its holder may be renewing at this very moment. */
const soonMs = 25

@Injectable()
export class CheckoutWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly name: string
  readonly #driving = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  /** How long what was taken up last had waited, where more is waiting. */
  #lagMs = 0
  #sweeping: Promise<void> | undefined
  #sweepAgain = false
  #poll: NodeJS.Timeout | undefined
  #pollAt = 0
  #renewal: NodeJS.Timeout | undefined
  #unsubscribe = (): void => undefined

  constructor(
    @Inject(SETTINGS) { MESH_INSTANCE }: Pick<OrdersSettings, 'MESH_INSTANCE'>,
    private readonly hands: Hands,
    private readonly checkouts: CheckoutStore,
    private readonly driver: CheckoutDriver,
    private readonly notifications: Notifications,
    private readonly log: Log,
  ) {
    this.name = MESH_INSTANCE
  }

  onApplicationBootstrap(): void {
    this.#unsubscribe = this.notifications.onCheckoutDue(() => this.wake())
    this.#renewal = setInterval(() => void this.#renew(), RENEW_EVERY_MS)
    this.wake()
  }

  /** Takes no more, lets each checkout come to the end of its step, and hands the rest to the other replicas. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort()
    this.#unsubscribe()
    clearTimeout(this.#poll)
    await this.#sweeping
    await Promise.all(this.#driving.values())
    clearInterval(this.#renewal)
  }

  /**
   * Drives a claimed checkout in the background, in the trace of the request that placed it; resolves when there is nothing more to do now. Never rejects: what
   * fails is taken up again. `known` is the checkout where the caller has just placed it.
   */
  take(claim: Claim, known: Checkout | null = null): Promise<void> {
    const driving = this.hands.deciding
      .take(() => this.#drive(claim, known))
      .finally(() => {
        if (this.#driving.get(claim.orderId) === driving) this.#driving.delete(claim.orderId)
      })
    this.#driving.set(claim.orderId, driving)
    return driving
  }

  /** More have been placed than can be decided soon. What comes now is left to whoever comes to it, oldest first, and its customer need not wait. */
  get isBehind(): boolean {
    return this.hands.deciding.waiting >= behindAt || this.#lagMs > behindMs
  }

  /**
   * In how many milliseconds an undecided order is worth a look: after all that is before it. Where some wait, more come than are decided, and what came later waits
   * longer than what has its turn now did. @param now milliseconds since 1970
   */
  lookInMs({ updatedAt }: Pick<Order, 'updatedAt'>, now: number): number {
    const waitedMs = Math.max(0, now - Date.parse(updatedAt))
    return decidedInMs + Math.max(0, this.#lagMs * 1.5 - waitedMs)
  }

  /** Looks for due checkouts now. */
  wake(): void {
    if (this.#stop.signal.aborted) return
    this.#sweepAgain = true
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined))
  }

  async #drive(claim: Claim, known: Checkout | null): Promise<void> {
    // Behind: one fewer that waits here, so one more may be fetched from the database.
    if (this.#lagMs > 0) this.wake()
    try {
      const dueInMs = await withTrace(claim.traceparent, 'checkout', () =>
        this.driver.drive(claim, known, this.#stop.signal),
      )
      if (dueInMs === null) return
      this.#wakeIn(dueInMs)
      // An attempt that came to nothing keeps its turn to the end: a partner that refuses at once would else be asked as fast as we can.
      await sleep(decidingMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    } catch (error) {
      const { orderId } = claim
      if (error instanceof LeaseLost) this.log.warn('another replica has taken a checkout over', { orderId })
      else
        this.log.error('a checkout could not be driven; it is taken up again when its lease ends', { orderId, error })
    }
  }

  async #sweep(): Promise<void> {
    while (this.#sweepAgain && !this.#stop.signal.aborted) {
      this.#sweepAgain = false
      let waitMs = slowPollMs
      try {
        const hands = Math.min(adoptAhead - this.hands.deciding.waiting, underWayAtMost - this.#driving.size)
        // With full hands there is no point in looking soon: each one whose turn it is looks by itself.
        if (hands >= (this.#lagMs > 0 ? adoptTogether : 1)) waitMs = await this.#takeUp(hands)
      } catch (error) {
        this.log.error('cannot look for due checkouts', { error, againInMs: slowPollMs })
      }
      this.#wakeIn(waitMs)
    }
  }

  /** Answers in how many milliseconds to look again. */
  async #takeUp(hands: number): Promise<number> {
    const claims = await this.checkouts.claimDue(this.name, hands)
    for (const claim of claims) void this.take(claim).finally(() => this.wake())
    this.#lagMs = claims.length < hands ? 0 : Math.min(...claims.map(({ lateMs }) => lateMs))
    const nextMs = claims.length < hands ? await this.checkouts.nextDueInMs() : null
    return nextMs === null ? slowPollMs : Math.min(Math.max(nextMs, soonMs), slowPollMs)
  }

  /** The next look is at the earliest moment that anyone asked for. */
  #wakeIn(ms: number): void {
    const at = performance.now() + ms
    if (this.#stop.signal.aborted || (this.#poll !== undefined && this.#pollAt <= at)) return
    clearTimeout(this.#poll)
    this.#pollAt = at
    this.#poll = setTimeout(() => {
      this.#poll = undefined
      this.wake()
    }, ms)
  }

  async #renew(): Promise<void> {
    if (this.#driving.size === 0) return
    try {
      await this.checkouts.renew(this.name, [...this.#driving.keys()])
    } catch (error) {
      this.log.warn('could not renew leases; other replicas may take these checkouts over', { error })
    }
  }
}
