/**
 * The port to whoever holds the money. Every call carries a key: the same key never moves money twice, and what became of it can be asked for ever. Whatever an
 * acquirer promises, calls to it get lost; then nothing is guessed, it is asked.
 */
import type { Card, CardToken, Charge, ChargeOperation, ChargeOperationKind, Money } from '@meshmart/contracts'

export interface Authorisation {
  readonly key: string
  readonly token: string
  readonly amount: Money
}

export interface Operation {
  readonly key: string
  /** Key of the authorisation. */
  readonly charge: string
  readonly kind: ChargeOperationKind
  readonly amount: Money
}

/** No answer that means anything: what happened over there is not known. */
export class AcquirerSilent extends Error {
  override readonly name = 'AcquirerSilent'
}

/** Every method throws AcquirerSilent. */
export abstract class Acquirer {
  /** Keeps what is needed to charge the card, and gives a token for it. Number and security code end there. */
  abstract tokenise(card: Card): Promise<CardToken>
  abstract authorise(authorisation: Authorisation): Promise<Charge>
  /** What became of an authorisation; null where it has never arrived. */
  abstract findCharge(key: string): Promise<Charge | null>
  abstract operate(operation: Operation): Promise<ChargeOperation>
  /** What became of an operation; null where it has never arrived. */
  abstract findOperation(key: string): Promise<ChargeOperation | null>
}
