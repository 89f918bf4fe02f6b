/** Turns a card into a token at the edge of payments: beyond this call no part of the shop holds a card number. */
import { type Card, cardHasExpired, type CardToken } from '@meshmart/contracts'
import { CLOCK, type Clock, ProblemException } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { Acquirer, AcquirerSilent } from '../acquirer/acquirer.ts'
import { KnownTokens } from './known-tokens.ts'

@Injectable()
export class Tokens {
  constructor(
    private readonly acquirer: Acquirer,
    private readonly known: KnownTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws ProblemException `card-expired`, or `upstream-unavailable` where the acquirer gives no token. */
  async tokenise(card: Card): Promise<CardToken> {
    if (cardHasExpired(card.expiry, this.clock.now())) {
      throw new ProblemException('card-expired', { errors: [{ field: 'card.expiry', code: 'card-expired' }] })
    }
    const token = await this.#ask(card)
    await this.known.remember(token.token)
    return token
  }

  async #ask(card: Card): Promise<CardToken> {
    try {
      return await this.acquirer.tokenise(card)
    } catch (error) {
      if (!(error instanceof AcquirerSilent)) throw error
      throw new ProblemException('upstream-unavailable', { detail: 'the acquirer gives no token now' })
    }
  }
}
