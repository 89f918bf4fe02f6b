/**
 * What can be made to go wrong at the acquirer, for demo and chaos: as settings at its start, or through its admin listener while it runs. Levers come on top of
 * what test cards do by their number.
 */
import { z } from 'zod'

const share = z.coerce.number().min(0).max(1)
const milliseconds = z.coerce.number().int().min(0).max(60_000)

export const leversShape = {
  /** Added to every answer of the merchant's API. */
  ACQUIRER_LATENCY_MS: milliseconds.default(0),
  /** Of the calls that move money: booked, and then never answered. */
  ACQUIRER_LOST_ANSWERS: share.default(0),
  /** Of all calls: refused with 503, and nothing booked. */
  ACQUIRER_OUTAGES: share.default(0),
  /** Charges above that many minor units are declined; 0 declines none. */
  ACQUIRER_DECLINE_ABOVE: z.coerce.number().int().min(0).default(0),
}

export const Levers = z.strictObject({
  latencyMs: milliseconds,
  lostAnswers: share,
  outages: share,
  declineAbove: z.coerce.number().int().min(0),
})
export type Levers = z.infer<typeof Levers>

/** Body of `POST /levers`: those that change. */
export const LeverChange = Levers.partial()
export type LeverChange = z.infer<typeof LeverChange>

export const leversOf = (settings: {
  readonly ACQUIRER_LATENCY_MS: number
  readonly ACQUIRER_LOST_ANSWERS: number
  readonly ACQUIRER_OUTAGES: number
  readonly ACQUIRER_DECLINE_ABOVE: number
}): Levers => ({
  latencyMs: settings.ACQUIRER_LATENCY_MS,
  lostAnswers: settings.ACQUIRER_LOST_ANSWERS,
  outages: settings.ACQUIRER_OUTAGES,
  declineAbove: settings.ACQUIRER_DECLINE_ABOVE,
})
