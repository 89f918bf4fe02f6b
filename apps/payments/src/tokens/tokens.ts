/** Turns a card into a token at the edge of payments: beyond this call no part of the shop holds a card number. */
import type { Card, CardToken } from '@meshmart/contracts'
import { CLOCK, type Clock, ProblemException } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { Acquirer } from '../acquirer/acquirer.ts'
import { hasExpired } from '../domain/card-expiry.ts'

@Injectable()
export class Tokens {
  constructor(
    private readonly acquirer: Acquirer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Refuses an expired card. */
  tokenise(card: Card): Promise<CardToken> {
    if (hasExpired(card.expiry, this.clock.now())) {
      throw new ProblemException('card-expired', { errors: [{ field: 'card.expiry', code: 'card-expired' }] })
    }
    return this.acquirer.tokenise(card)
  }
}
