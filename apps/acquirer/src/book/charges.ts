/** Holds on cards. A reference names one for ever: who comes again with it gets what stands in the book. */
import { randomUUID } from 'node:crypto'
import type { Charge, ChargeRequest } from '@meshmart/contracts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { declineReasonOf, type KeptCard } from '../domain/decide.ts'
import { statement } from '../statement.ts'
import { chargeOf, type ChargeRow, FIND_CHARGE } from './charge-row.ts'
import type { Telling } from './telling.ts'

const BOOK = statement(
  'book_charge',
  `WITH booked AS (
     INSERT INTO charge (reference, token, amount, currency, state, decline_reason, expires_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING RETURNING *
   ), told AS (
     INSERT INTO webhook (id, type, charge, at) SELECT $9, 'charge.' || state, reference, $8 FROM booked WHERE 'charge.' || state = ANY($10)
   ) SELECT * FROM booked`,
)
const FAIL_ONCE = statement('fail_once', 'INSERT INTO failure VALUES ($1, $2) ON CONFLICT DO NOTHING')
const EXPIRE = statement(
  'expire_charges',
  `WITH expired AS (
     UPDATE charge SET state = 'expired', updated_at = $1 WHERE reference IN (
       SELECT reference FROM charge WHERE state = 'authorised' AND expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED
     ) RETURNING reference
   ), told AS (
     INSERT INTO webhook (id, type, charge, at)
     SELECT gen_random_uuid(), 'charge.expired', reference, $1 FROM expired WHERE 'charge.expired' = ANY($3)
   ) SELECT FROM expired`,
)

/** `written`: whether it was this call that booked it. */
export interface Booked {
  readonly charge: Charge
  readonly written: boolean
}

export class Charges {
  readonly #pool: pg.Pool
  readonly #clock: Clock
  readonly #holdMs: number
  readonly #telling: Telling
  constructor(pool: pg.Pool, clock: Clock, holdMs: number, telling: Telling) {
    this.#telling = telling
    this.#pool = pool
    this.#clock = clock
    this.#holdMs = holdMs
  }

  async find(reference: string): Promise<Charge | null> {
    const row = await this.#row(reference)
    return row && chargeOf(row)
  }

  /** Answers `other` where the reference is another charge's. @param declineAbove minor units, 0 for no limit */
  async book(request: ChargeRequest, card: KeptCard, declineAbove: number): Promise<Booked | 'other'> {
    const { reference, token, amount } = request
    const now = this.#clock()
    const reason = declineReasonOf(card, amount.amount, declineAbove, now)
    const state = reason === null ? 'authorised' : 'declined'
    const { rows } = await this.#pool.query<ChargeRow>(
      BOOK(
        reference,
        token,
        amount.amount,
        amount.currency,
        state,
        reason,
        new Date(now.getTime() + this.#holdMs),
        now,
        randomUUID(),
        this.#telling.types,
      ),
    )
    if (rows[0]) {
      this.#telling.happened(`charge.${state}`)
      return { charge: chargeOf(rows[0]), written: true }
    }
    const earlier = await this.#row(reference)
    if (!earlier) throw new Error(`the charge ${reference} has gone from the book`)
    const same =
      earlier.token === token && Number(earlier.amount) === amount.amount && earlier.currency === amount.currency
    return same ? { charge: chargeOf(earlier), written: false } : 'other'
  }

  /** Whether the test card that fails once fails now: at the first call with this reference. */
  async failsOnce(reference: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(FAIL_ONCE(reference, this.#clock()))
    return rowCount === 1
  }

  /** Lets go what was held too long; answers how many. */
  async expire(limit: number): Promise<number> {
    const { rowCount } = await this.#pool.query(EXPIRE(this.#clock(), limit, this.#telling.types))
    const count = rowCount ?? 0
    if (count > 0) this.#telling.happened('charge.expired')
    return count
  }

  async #row(reference: string): Promise<ChargeRow | null> {
    const { rows } = await this.#pool.query<ChargeRow>(FIND_CHARGE(reference))
    return rows[0] ?? null
  }
}
