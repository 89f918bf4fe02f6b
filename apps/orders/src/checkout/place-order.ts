/**
 * Placing an order. What is no product is refused before anything is stored, and so is a card that has expired: the card goes to payments first,
 * and nothing of it but token, brand and last four digits comes back. The order is found again by the customer's Idempotency-Key: whoever asks a
 * second time, at whichever replica, waits for the same order.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CardToken, OrderRequest } from '@meshmart/contracts'
import { currentRequest, Log, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'
import { PaymentsClient } from '../clients/payments.client.ts'
import { fingerprintOf } from '../domain/fingerprint.ts'
import { OrderWatch } from '../events/order-watch.ts'
import { OrderStore } from '../persistence/order-store.ts'
import type { StoredOrder } from '../persistence/order-view.ts'
import { ComeAgain } from './come-again.ts'
import { decisionWaitMs } from './decision-wait.ts'
import { Hands } from './hands.ts'
import { CheckoutWorker } from './worker.ts'

const lookUpTimeoutMs = 1_000
const tokeniseTimeoutMs = 3_000
/** Orders that may wait to be taken in: their callers still wait when it is their turn, even where each has to be waited for. */
const waitingAtMost = 16

export interface Placing {
  readonly customerId: string
  readonly idempotencyKey: string
  readonly request: OrderRequest
}

/** An order that is stored. `driven` resolves when this replica can do nothing more for it at present. */
interface Begun {
  readonly id: string
  readonly driven: Promise<void>
}

@Injectable()
export class PlaceOrder {
  readonly #again = new ComeAgain()

  constructor(
    private readonly orders: OrderStore,
    private readonly inventory: InventoryClient,
    private readonly payments: PaymentsClient,
    private readonly hands: Hands,
    private readonly worker: CheckoutWorker,
    private readonly watch: OrderWatch,
    private readonly log: Log,
  ) {}

  /**
   * The order, decided, or still open after five seconds, or at once where many are before it. Throws ProblemException `idempotency-key-reused`, `unknown-sku`, `card-expired`,
   * `too-busy`, `upstream-unavailable`, `deadline-exceeded`: nothing is stored after any of them.
   */
  async place(placing: Placing): Promise<StoredOrder> {
    const { customerId } = placing
    const waitMs = decisionWaitMs(currentRequest()?.deadline ?? null, Date.now())
    const startedAt = performance.now()
    const leftMs = (): number => Math.max(0, waitMs - (performance.now() - startedAt))
    const { id, driven } = (await this.#findEarlier(placing)) ?? (await this.#beginChecked(placing))
    // Mostly it is this replica that decides it, and then there is one order to read and not one for each of its states.
    const enough = new AbortController()
    await Promise.race([driven, sleep(leftMs(), undefined, { signal: enough.signal })])
    enough.abort()
    const stored = await this.watch.untilSettled(customerId, id, this.worker.isBehind ? 0 : leftMs())
    if (stored === null) throw new Error(`order ${id} is stored but cannot be found`)
    return stored
  }

  /** The id of the order that this key has already; wakes the worker, because who asks again may have lost the replica that worked on it. */
  async #findEarlier({ customerId, idempotencyKey, request }: Placing): Promise<Begun | null> {
    const earlier = await this.orders.findByKey(customerId, idempotencyKey)
    if (earlier === null) return null
    if (earlier.fingerprint !== fingerprintOf(request)) throw new ProblemException('idempotency-key-reused')
    this.worker.wake()
    return { id: earlier.order.id, driven: Promise.resolve() }
  }

  #beginChecked(placing: Placing): Promise<Begun> {
    const caller = currentRequest()?.signal
    const { takingIn } = this.hands
    // No 503: the mesh would ask the next replica, which has as much to do, and leave this one out for a while.
    if (takingIn.waiting >= waitingAtMost)
      throw new ProblemException('too-busy', { retryAfterMs: this.#again.inMs(performance.now()) })
    return takingIn.take(async () => {
      // Nobody waits any more: what would be done now would be done again for whoever asks again.
      if (caller?.aborted === true) throw new ProblemException('deadline-exceeded')
      await this.#refuseUnknown(placing.request)
      return this.#begin(placing, await this.#tokenise(placing.request))
    })
  }

  /** Where inventory cannot be asked, the reservation will tell: an outage delays an order, it does not refuse it. */
  async #refuseUnknown({ items }: OrderRequest): Promise<void> {
    let unknown: number[]
    try {
      unknown = await this.inventory.unknownAmong(items, lookUpTimeoutMs)
    } catch (error) {
      if (!(error instanceof ProblemException) || error.getStatus() < 500) throw error
      this.log.warn('could not look the products of an order up; its reservation decides', { error })
      return
    }
    if (unknown.length === 0) return
    throw new ProblemException('unknown-sku', {
      errors: unknown.map((position) => ({ field: `items.${position}.sku`, code: 'unknown-sku' })),
    })
  }

  async #tokenise({ payment }: OrderRequest): Promise<CardToken> {
    try {
      return await this.payments.tokenise(payment.card, tokeniseTimeoutMs)
    } catch (error) {
      if (!(error instanceof ProblemException) || error.code !== 'card-expired') throw error
      throw new ProblemException('card-expired', { errors: [{ field: 'payment.card.expiry', code: 'card-expired' }] })
    }
  }

  async #begin(placing: Placing, card: CardToken): Promise<Begun> {
    const { customerId, idempotencyKey } = placing
    const { items, shippingAddress, email } = placing.request
    const caller = currentRequest()
    const placed = await this.orders.place(
      {
        id: randomUUID(),
        customerId,
        idempotencyKey,
        fingerprint: fingerprintOf(placing.request),
        request: { items, shippingAddress, email },
        agreed: placing.request.total ?? null,
        card: { token: card.token, brand: card.brand, last4: card.last4 },
        traceId: caller?.traceId ?? randomBytes(16).toString('hex'),
        traceparent: caller?.traceparent ?? null,
      },
      this.worker.isBehind ? null : this.worker.name,
    )
    if (placed !== null) {
      const { id, claim, checkout } = placed
      return { id, driven: claim === null ? Promise.resolve() : this.worker.take(claim, checkout) }
    }
    const earlier = await this.#findEarlier(placing)
    if (earlier === null) throw new Error('an order with this key was there and is gone')
    return earlier
  }
}
