/**
 * Brings a pending payment to its outcome. Nothing is ever guessed: after a lost call the acquirer is asked what became of it, and only where it never arrived
 * is it made again, with the same key. Request and reconciliation run the same steps, also at the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Log } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { Acquirer, AcquirerTimeout, AcquirerUnavailable, type AuthorisationOutcome } from '../acquirer/acquirer.ts'
import { PaymentIntents, type StoredIntent } from '../persistence/payment-intents.ts'

const pauseMs = 150

@Injectable()
export class Settlement {
  constructor(
    private readonly acquirer: Acquirer,
    private readonly intents: PaymentIntents,
    private readonly log: Log,
  ) {}

  /** Tries for `budgetMs`, at least once; the intent may still be pending afterwards. */
  async settle(intent: StoredIntent, budgetMs: number): Promise<void> {
    const until = performance.now() + budgetMs
    for (;;) {
      const outcome = await this.#ask(intent)
      if (outcome) return this.#record(intent, outcome)
      if (performance.now() + pauseMs >= until) return
      await sleep(pauseMs)
    }
  }

  async #ask(intent: StoredIntent): Promise<AuthorisationOutcome | null> {
    try {
      const known = await this.acquirer.lookUp(intent.id)
      return known ?? (await this.acquirer.authorise({ key: intent.id, token: intent.token, amount: intent.amount }))
    } catch (error) {
      if (!(error instanceof AcquirerTimeout || error instanceof AcquirerUnavailable)) throw error
      this.log.warn('the acquirer gave no answer; the payment stays pending', { paymentId: intent.id, error })
      return null
    }
  }

  /** Where another replica was faster, it recorded the same: there is one truth, and it is the acquirer's. */
  async #record(intent: StoredIntent, outcome: AuthorisationOutcome): Promise<void> {
    if (outcome.result === 'authorised') await this.intents.act(intent, 'authorise', { cause: 'acquirer' })
    else await this.intents.act(intent, 'decline', { cause: outcome.reason, declineReason: outcome.reason })
  }
}
