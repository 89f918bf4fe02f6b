/**
 * The acquirer of the demo. It keeps a book of its own, in tables that nothing else reads, and commits there before it answers: so it stays truthful when payments
 * is killed between the charge and the answer, as a real one does. The card number is read once, for its behaviour, and not kept.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Card, type CardToken, DeclineReason } from '@meshmart/contracts'
import { CLOCK, type Clock } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { hasExpired } from '../domain/card-expiry.ts'
import { type AcquirerCard, type AcquirerCharge, type Prisma, PrismaClient } from '../generated/prisma/client.ts'
import {
  Acquirer,
  AcquirerTimeout,
  AcquirerUnavailable,
  type Authorisation,
  type AuthorisationOutcome,
  type OperationOutcome,
} from './acquirer.ts'
import { behaviourOf, brandOf } from './test-card-behaviour.ts'

/** How long a caller waits for an answer that never comes. */
const lostAnswerMs = 700

@Injectable()
export class DemoAcquirer extends Acquirer {
  constructor(
    private readonly prisma: PrismaClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super()
  }

  async tokenise({ number, expiry }: Card): Promise<CardToken> {
    const token = `tok_${randomBytes(16).toString('hex')}`
    const kept = { token, brand: brandOf(number), last4: number.slice(-4), expiry }
    await this.prisma.acquirerCard.create({
      data: { ...kept, behaviour: behaviourOf(number), createdAt: this.clock.now() },
    })
    return kept
  }

  async knows(token: string): Promise<boolean> {
    return (await this.prisma.acquirerCard.findUnique({ where: { token } })) !== null
  }

  async authorise(authorisation: Authorisation): Promise<AuthorisationOutcome> {
    const { key, token } = authorisation
    const known = await this.lookUp(key)
    if (known) return known
    const card = await this.prisma.acquirerCard.findUnique({ where: { token } })
    if (card?.behaviour === 'fail-once' && (await this.#failsNow(key))) {
      throw new AcquirerUnavailable('the acquirer is out of order; nothing was charged')
    }
    const charged = await this.#charge(authorisation, this.#decide(card))
    if (card?.behaviour === 'timeout-after-charge' && charged) {
      await sleep(lostAnswerMs)
      throw new AcquirerTimeout(`no answer within ${lostAnswerMs} ms`)
    }
    const outcome = await this.lookUp(key)
    if (!outcome) throw new Error(`the charge ${key} has gone from the acquirer's book`)
    return outcome
  }

  async lookUp(key: string): Promise<AuthorisationOutcome | null> {
    const charge = await this.prisma.acquirerCharge.findUnique({ where: { key } })
    return charge && outcomeOf(charge)
  }

  capture(key: string): Promise<OperationOutcome> {
    return this.#move(key, 'authorised', 'captured')
  }

  void(key: string): Promise<OperationOutcome> {
    return this.#move(key, 'authorised', 'voided')
  }

  refund(key: string): Promise<OperationOutcome> {
    return this.#move(key, 'captured', 'refunded')
  }

  #decide(card: AcquirerCard | null): AuthorisationOutcome {
    if (!card || card.behaviour === 'decline') return { result: 'declined', reason: 'card-declined' }
    if (card.behaviour === 'insufficient-funds') return { result: 'declined', reason: 'insufficient-funds' }
    if (hasExpired(card.expiry, this.clock.now())) return { result: 'declined', reason: 'card-expired' }
    return { result: 'authorised' }
  }

  /** Writes the charge unless the key is taken; tells whether it was this call that wrote it. */
  async #charge({ key, token, amount }: Authorisation, outcome: AuthorisationOutcome): Promise<boolean> {
    const row: Prisma.AcquirerChargeCreateManyInput = {
      key,
      token,
      amount: amount.amount,
      currency: amount.currency,
      state: outcome.result,
      declineReason: outcome.result === 'declined' ? outcome.reason : null,
      updatedAt: this.clock.now(),
    }
    return (await this.prisma.acquirerCharge.createMany({ data: [row], skipDuplicates: true })).count === 1
  }

  async #failsNow(key: string): Promise<boolean> {
    const data = [{ key, failedAt: this.clock.now() }]
    return (await this.prisma.acquirerFailure.createMany({ data, skipDuplicates: true })).count === 1
  }

  /** Idempotent: what has already happened is `done` again. */
  async #move(key: string, from: string, to: string): Promise<OperationOutcome> {
    const data = { state: to, updatedAt: this.clock.now() }
    const { count } = await this.prisma.acquirerCharge.updateMany({ where: { key, state: from }, data })
    if (count === 1) return 'done'
    const charge = await this.prisma.acquirerCharge.findUnique({ where: { key } })
    return charge?.state === to ? 'done' : 'refused'
  }
}

function outcomeOf(charge: AcquirerCharge): AuthorisationOutcome {
  if (charge.state !== 'declined') return { result: 'authorised' }
  return { result: 'declined', reason: DeclineReason.parse(charge.declineReason) }
}
