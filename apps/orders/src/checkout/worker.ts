/**
 * The replica's hands. It drives what its own requests have placed, and what nobody works on any more: retries that have fallen due, and orders
 * of a replica that died. A notice from PostgreSQL wakes it; a slow poll stands behind that, because a dead replica sends no notice.
 */
import { Log, SETTINGS, Turns, withTrace } from '@meshmart/service-kit'
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'
import { Notifications } from '../events/notifications.ts'
import { CheckoutStore } from '../persistence/checkout-store.ts'
import { LeaseLost, RENEW_EVERY_MS, type Claim } from '../persistence/claim.ts'
import type { OrdersSettings } from '../settings.ts'
import type { Checkout } from './checkout.ts'
import { CheckoutDriver } from './driver.ts'

/** Orders of others that one replica takes up at a time; its own requests come on top. */
const adoptAtMost = 8
/** Checkouts that one replica moves on at the same time: as many as keep its connections to the database busy. */
const driveAtOnce = 12
const slowPollMs = 1_000
/** After a lease's end was passed, its holder may be renewing at this very moment. */
const soonMs = 25

@Injectable()
export class CheckoutWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly name: string
  readonly #driving = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #turns = new Turns(driveAtOnce)
  #adopted = 0
  #sweeping: Promise<void> | undefined
  #sweepAgain = false
  #poll: NodeJS.Timeout | undefined
  #pollAt = 0
  #renewal: NodeJS.Timeout | undefined
  #unsubscribe = (): void => undefined

  constructor(
    @Inject(SETTINGS) { MESH_INSTANCE }: Pick<OrdersSettings, 'MESH_INSTANCE'>,
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
    const driving = this.#turns
      .take(() => this.#drive(claim, known))
      .finally(() => {
        if (this.#driving.get(claim.orderId) === driving) this.#driving.delete(claim.orderId)
      })
    this.#driving.set(claim.orderId, driving)
    return driving
  }

  /** Looks for due checkouts now. */
  wake(): void {
    if (this.#stop.signal.aborted) return
    this.#sweepAgain = true
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined))
  }

  async #drive(claim: Claim, known: Checkout | null): Promise<void> {
    try {
      const dueInMs = await withTrace(claim.traceparent, 'checkout', () =>
        this.driver.drive(claim, known, this.#stop.signal),
      )
      if (dueInMs !== null) this.#wakeIn(dueInMs)
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
        for (const claim of await this.checkouts.claimDue(this.name, adoptAtMost - this.#adopted)) this.#adopt(claim)
        // With full hands there is no point in looking soon: each one that comes free looks by itself.
        const nextMs = this.#adopted < adoptAtMost ? await this.checkouts.nextDueInMs() : null
        if (nextMs !== null) waitMs = Math.min(Math.max(nextMs, soonMs), slowPollMs)
      } catch (error) {
        this.log.error('cannot look for due checkouts', { error, againInMs: slowPollMs })
      }
      this.#wakeIn(waitMs)
    }
  }

  #adopt(claim: Claim): void {
    this.#adopted++
    void this.take(claim).finally(() => {
      this.#adopted--
      this.wake()
    })
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
