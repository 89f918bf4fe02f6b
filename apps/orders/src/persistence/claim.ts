/**
 * Who works on a checkout. A claim is a lease: a replica that dies does not say so, it only stops renewing. The fence makes the rest safe: it
 * counts claims, and whoever holds an old number writes nothing.
 */

/** A dead replica's orders wait this long. Renewed three times as often, so one slow renewal loses nothing. */
export const LEASE_SECONDS = 3
export const RENEW_EVERY_MS = 1_000

export interface Claim {
  readonly orderId: string
  readonly fence: number
  /** The replica that holds it. */
  readonly worker: string
  /** Of the request that placed the order. */
  readonly traceparent: string | null
}

/** A checkout of nobody's that was taken up, and since when it had been due, in milliseconds. */
export interface LateClaim extends Claim {
  readonly lateMs: number
}

/** Another replica has claimed the checkout since: what this one found out must not be written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
  constructor(claim: Claim) {
    super(`${claim.worker} no longer holds the checkout of order ${claim.orderId}`)
  }
}
