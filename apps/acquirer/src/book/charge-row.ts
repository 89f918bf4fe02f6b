/** A charge as SQL has it and as the merchant sees it. */
import { Charge, type ChargeState, type DeclineReason } from '@meshmart/contracts'
import type { ChargeBook } from '../domain/decide.ts'
import { statement } from '../statement.ts'

/** Amounts are `bigint` in the database, which the driver gives as text. */
export interface ChargeRow {
  readonly reference: string
  readonly token: string
  readonly amount: string
  readonly currency: string
  readonly state: ChargeState
  readonly decline_reason: DeclineReason | null
  readonly captured: string
  readonly refunded: string
  readonly expires_at: Date
}

/** By its reference. */
export const FIND_CHARGE = statement('find_charge', 'SELECT * FROM charge WHERE reference = $1')

export function chargeOf(row: ChargeRow): Charge {
  const { reference, state, decline_reason, currency } = row
  const money = (amount: string) => ({ amount: Number(amount), currency })
  return {
    reference,
    state,
    declineReason: decline_reason,
    amount: money(row.amount),
    captured: money(row.captured),
    refunded: money(row.refunded),
    expiresAt: row.expires_at.toISOString(),
  }
}

export const bookOf = (row: ChargeRow): ChargeBook => ({
  state: row.state,
  amount: Number(row.amount),
  captured: Number(row.captured),
  refunded: Number(row.refunded),
  expiresAt: row.expires_at,
})
