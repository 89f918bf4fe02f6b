/**
 * Authorise, capture, void, refund. The acquirer is told first and our own state follows, both under keys that make a second try harmless: a replica that dies in
 * between leaves a step that anybody can repeat. Capture and refund change state and ledger in one transaction.
 */
import { randomUUID } from 'node:crypto'
import type { PaymentRequest } from '@meshmart/contracts'
import { fingerprintOf, Idempotency, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { Acquirer, type OperationOutcome } from '../acquirer/acquirer.ts'
import { nextState, resultOf } from '../domain/payment-states.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { Ledger } from '../ledger/ledger.ts'
import { PaymentIntents, type StoredIntent } from '../persistence/payment-intents.ts'
import { Settlement } from './settlement.ts'

/** How long a request waits for an acquirer that keeps silent, before it answers `pending`. */
const settleBudgetMs = 2_000
/** Reconciliation begins after the request has given up. */
const graceMs = 4_000

export type Operation = 'capture' | 'void' | 'refund'

@Injectable()
export class Charging {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly acquirer: Acquirer,
    private readonly intents: PaymentIntents,
    private readonly settlement: Settlement,
    private readonly ledger: Ledger,
  ) {}

  /** One intent for each key; answers its present state, which is `pending` where the acquirer keeps silent. */
  async authorise(request: PaymentRequest, key: string): Promise<StoredIntent> {
    if (!(await this.acquirer.knows(request.token))) {
      throw new ProblemException('invalid-request', { errors: [{ field: 'token', code: 'invalid' }] })
    }
    const claimed = await this.idempotency.run(
      'authorise',
      key,
      fingerprintOf(request),
      async (tx: Prisma.TransactionClient) => {
        const id = randomUUID()
        await this.intents.create(tx, { id, ...request }, graceMs)
        return { status: 201, body: { id } }
      },
    )
    const intent = await this.get(claimed.body.id)
    if (intent.state !== 'pending') return intent
    await this.settlement.settle(intent, settleBudgetMs)
    return this.get(intent.id)
  }

  /** Idempotent by state as well as by key: a payment that is already there is answered as it is, and nothing moves again. */
  async operate(operation: Operation, id: string, key: string): Promise<StoredIntent> {
    const intent = await this.get(id)
    await this.idempotency.run(operation, key, fingerprintOf({ id }), () =>
      Promise.resolve({ status: 200, body: { id } }),
    )
    if (intent.state === resultOf[operation]) return intent
    if (!nextState(intent.state, operation) || (await this.#tell(operation, id)) === 'refused') {
      throw new ProblemException('wrong-state', { detail: `cannot ${operation} a payment that is ${intent.state}` })
    }
    await this.intents.act(intent, operation, { cause: operation }, async (tx) => {
      if (operation !== 'void') await this.ledger.post(tx, operation, id, intent.amount)
    })
    return this.get(id)
  }

  async get(id: string): Promise<StoredIntent> {
    const intent = await this.intents.find(id)
    if (!intent) throw new ProblemException('not-found')
    return intent
  }

  #tell(operation: Operation, key: string): Promise<OperationOutcome> {
    if (operation === 'capture') return this.acquirer.capture(key)
    if (operation === 'void') return this.acquirer.void(key)
    return this.acquirer.refund(key)
  }
}
