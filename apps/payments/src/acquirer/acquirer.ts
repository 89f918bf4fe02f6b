/**
 * The port to whoever holds the money: a token vault and four operations, each exactly once for each key. A key names an authorisation; capture, void and refund
 * act on it. Whatever an acquirer promises, calls to it get lost, so every outcome can be asked for again.
 */
import type { Card, CardToken, DeclineReason, Money } from '@meshmart/contracts'

export interface Authorisation {
  /** Names this authorisation for ever: the same key never charges twice. */
  readonly key: string
  readonly token: string
  readonly amount: Money
}

export type AuthorisationOutcome =
  { readonly result: 'authorised' } | { readonly result: 'declined'; readonly reason: DeclineReason }

/** `refused`: the authorisation is not in a state in which that is possible. */
export type OperationOutcome = 'done' | 'refused'

/** The call got lost on its way or on its way back: what happened is not known. */
export class AcquirerTimeout extends Error {
  override readonly name = 'AcquirerTimeout'
}

/** The acquirer did not take the call: nothing happened. */
export class AcquirerUnavailable extends Error {
  override readonly name = 'AcquirerUnavailable'
}

export abstract class Acquirer {
  /** Keeps what is needed to charge the card, and gives a token for it. Number and security code end here. */
  abstract tokenise(card: Card): Promise<CardToken>
  abstract knows(token: string): Promise<boolean>
  /** Throws AcquirerTimeout or AcquirerUnavailable. */
  abstract authorise(authorisation: Authorisation): Promise<AuthorisationOutcome>
  /** What became of an authorisation; null where it has never arrived. */
  abstract lookUp(key: string): Promise<AuthorisationOutcome | null>
  abstract capture(key: string): Promise<OperationOutcome>
  abstract void(key: string): Promise<OperationOutcome>
  abstract refund(key: string): Promise<OperationOutcome>
}
