/**
 * Authorise, capture, void, refund. What is asked for is written down as an operation, in the transaction that takes its key; then the acquirer is told, and its
 * answer is written down. A replica that dies in between leaves an operation that another one finishes.
 */
import { randomUUID } from 'node:crypto'
import type { Money, PaymentRequest } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  currentRequest,
  fingerprintOf,
  Idempotency,
  ProblemException,
  SETTINGS,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { openingOf, type Requested } from '../domain/operations.ts'
import { type Opened, PaymentIntents, standingOf, type StoredIntent } from '../persistence/payment-intents.ts'
import { PaymentOperations } from '../persistence/payment-operations.ts'
import type { PaymentsSettings } from '../settings.ts'
import { type Settled, Settlement } from './settlement.ts'

/** How long a request waits for an acquirer that keeps silent, before it answers that it is not known yet. */
const settleBudgetMs = 2_000

export interface Operated {
  readonly intent: StoredIntent
  /** Whether the outcome is still being asked for. */
  readonly open: boolean
}

@Injectable()
export class Charging {
  readonly #worker: string
  constructor(
    @Inject(SETTINGS) { MESH_INSTANCE }: Pick<PaymentsSettings, 'MESH_INSTANCE'>,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly idempotency: Idempotency,
    private readonly intents: PaymentIntents,
    private readonly operations: PaymentOperations,
    private readonly settlement: Settlement,
  ) {
    this.#worker = MESH_INSTANCE
  }

  /** One intent for each key; answers its present state, which is `pending` where the acquirer keeps silent. */
  async authorise(request: PaymentRequest, key: string): Promise<StoredIntent> {
    let opened: Opened | null = null
    const fingerprint = fingerprintOf(request)
    const { body } = await this.idempotency.run('authorise', key, fingerprint, async (tx: Transaction) => {
      const id = randomUUID()
      opened = await this.intents.open(tx, { id, ...request }, this.#worker, this.clock.now())
      if (opened !== null) return { status: 201, body: { id } }
      throw new ProblemException('invalid-request', { errors: [{ field: 'token', code: 'invalid' }] })
    })
    return (await this.#settle(body.id, body.id, opened)).intent
  }

  /**
   * Idempotent by state as well as by key: where all that is asked for is there already, nothing moves again. Throws ProblemException `not-found`, `wrong-state`,
   * `request-in-progress` (another one must end first), `capture-exceeds-authorised`, `refund-exceeds-captured`, `idempotency-key-reused`.
   *
   * A refund that the acquirer has refused has had no effect: like whatever else is refused it does not use its key up. Who asks again with it asks the acquirer again.
   * @param amount null is all that there is
   */
  async operate(kind: Requested, paymentId: string, key: string, amount: Money | null): Promise<Operated> {
    if (amount !== null && amount.currency !== (await this.get(paymentId)).amount.currency) {
      throw new ProblemException('invalid-request', { errors: [{ field: 'amount.currency', code: 'choice' }] })
    }
    const { operation, opened } = await this.#operation(kind, paymentId, key, amount?.amount ?? null)
    if (operation === null) return { intent: await this.get(paymentId), open: false }
    const { intent, state } = await this.#settle(operation, paymentId, opened)
    if (state === 'refused') {
      throw new ProblemException('wrong-state', { detail: `the acquirer refused to ${kind}; it is ${intent.state}` })
    }
    return { intent, open: state === 'open' }
  }

  /** The operation that stands for this key: the first one, or, of a refund, the one after those that were refused before it was asked for again. */
  async #operation(
    kind: Requested,
    paymentId: string,
    key: string,
    amount: number | null,
  ): Promise<{ operation: string | null; opened: Opened | null }> {
    const fingerprint = fingerprintOf({ id: paymentId, amount: amount ?? undefined })
    for (let refusals = 0; ; refusals++) {
      let opened: Opened | null = null
      const keyNow = refusals === 0 ? key : `${key} after ${refusals}`
      const { body, replayed } = await this.idempotency.run(kind, keyNow, fingerprint, async (tx: Transaction) => {
        opened = await this.#open(tx, kind, paymentId, amount)
        return { status: 200, body: { id: paymentId, operation: opened?.claim.id ?? null } }
      })
      const { operation } = body
      const wasRefused =
        replayed && kind === 'refund' && operation !== null && (await this.operations.stateOf(operation)) === 'refused'
      if (!wasRefused) return { operation, opened }
    }
  }

  async get(id: string): Promise<StoredIntent> {
    const intent = await this.intents.find(id)
    if (!intent) throw new ProblemException('not-found')
    return intent
  }

  /** Null where it is there already. */
  async #open(tx: Transaction, kind: Requested, paymentId: string, asked: number | null): Promise<Opened | null> {
    const intent = await this.intents.lock(tx, paymentId)
    if (!intent) throw new ProblemException('not-found')
    const opening = openingOf(standingOf(intent), kind, asked)
    if (opening.kind === 'done') return null
    if (opening.kind === 'refused') {
      const exceeds = opening.code.includes('exceeds') ? [{ field: 'amount.amount', code: 'too-big' }] : undefined
      const detail = `cannot ${kind} a payment that is ${intent.state}`
      throw new ProblemException(opening.code, exceeds ? { errors: exceeds } : { detail })
    }
    const traceparent = currentRequest()?.traceparent ?? intent.traceparent
    const operation = { id: randomUUID(), paymentId, kind, amount: opening.amount, traceparent }
    const claim = await this.operations.open(tx, operation, this.#worker)
    if (claim === null) throw new ProblemException('request-in-progress')
    if (kind !== 'refund') return { claim, intent }
    await this.intents.reserveRefund(tx, paymentId, opening.amount)
    return { claim, intent: { ...intent, refunding: intent.refunding + opening.amount } }
  }

  /** Where the operation is another request's, it may have lost its replica: whoever asks again takes it up. */
  async #settle(operationId: string, paymentId: string, opened: Opened | null): Promise<Settled> {
    const claim = opened?.claim ?? (await this.operations.claim(operationId, this.#worker))
    if (claim !== null) return this.settlement.drive(claim, opened?.intent ?? null, settleBudgetMs)
    const state = await this.settlement.untilClosed(operationId, settleBudgetMs)
    return { intent: await this.get(paymentId), state }
  }
}
