/**
 * What is done to charges. The answer to a reference is written in the transaction that moves the money, refusals too: so the same question has the same answer
 * for ever, and a caller that has heard nothing can ask.
 */
import { randomUUID } from 'node:crypto'
import type { AcquirerEvent, ChargeOperation, ChargeOperationKind, ChargeOperationRequest } from '@meshmart/contracts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { changeOf } from '../domain/decide.ts'
import { bookOf, chargeOf, type ChargeRow } from './charge-row.ts'
import { inTransaction } from './transaction.ts'

interface OperationRow {
  readonly reference: string
  readonly charge: string
  readonly kind: ChargeOperationKind
  readonly amount: string
  readonly currency: string
  readonly outcome: 'done' | 'refused'
}
const EVENT: Record<ChargeOperationKind, AcquirerEvent['type']> = {
  capture: 'charge.captured',
  void: 'charge.voided',
  refund: 'charge.refunded',
}

export class Operations {
  readonly #pool: pg.Pool
  readonly #clock: Clock
  readonly #told: readonly AcquirerEvent['type'][]
  /** @param told which events the merchant wants to hear */
  constructor(pool: pg.Pool, clock: Clock, told: readonly AcquirerEvent['type'][]) {
    this.#told = told
    this.#pool = pool
    this.#clock = clock
  }

  async find(reference: string): Promise<ChargeOperation | null> {
    const operation = await earlier(this.#pool, reference)
    if (!operation) return null
    const { rows } = await this.#pool.query<ChargeRow>('SELECT * FROM charge WHERE reference = $1', [operation.charge])
    return view(operation, rows[0]!)
  }

  /** Null where there is no such charge; `other` where the reference is another operation's. */
  operate(charge: string, request: ChargeOperationRequest): Promise<ChargeOperation | 'other' | null> {
    const { reference, kind, amount } = request
    return inTransaction(this.#pool, async (client) => {
      // Whoever else is at this charge, with this reference too, waits here.
      const locked = await client.query<ChargeRow>('SELECT * FROM charge WHERE reference = $1 FOR UPDATE', [charge])
      if (!locked.rows[0]) return null
      const now = this.#clock()
      const before = await this.#letGoIfPast(client, locked.rows[0], now)
      const known = await earlier(client, reference)
      if (known) {
        const same = known.charge === charge && known.kind === kind && Number(known.amount) === amount.amount
        return same && known.currency === amount.currency ? view(known, before) : 'other'
      }
      const change = amount.currency === before.currency ? changeOf(bookOf(before), kind, amount.amount, now) : null
      const operation: OperationRow = {
        reference,
        charge,
        kind,
        amount: String(amount.amount),
        currency: amount.currency,
        outcome: change === null ? 'refused' : 'done',
      }
      await client.query('INSERT INTO operation VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        ...Object.values(operation),
        now,
      ])
      if (change === null) return view(operation, before)
      const { rows } = await client.query<ChargeRow>(
        `UPDATE charge SET state = coalesce($2, state), captured = coalesce($3, captured), refunded = coalesce($4, refunded),
           updated_at = $5 WHERE reference = $1 RETURNING *`,
        [charge, change.state, change.captured, change.refunded, now],
      )
      await this.#tell(client, EVENT[kind], charge, now)
      return view(operation, rows[0]!)
    })
  }

  /** A hold past its time is let go by whoever meets it first: the worker, or this call. */
  async #letGoIfPast(client: pg.PoolClient, charge: ChargeRow, now: Date): Promise<ChargeRow> {
    if (charge.state !== 'authorised' || charge.expires_at > now) return charge
    const { rows } = await client.query<ChargeRow>(
      `UPDATE charge SET state = 'expired', updated_at = $2 WHERE reference = $1 RETURNING *`,
      [charge.reference, now],
    )
    await this.#tell(client, 'charge.expired', charge.reference, now)
    return rows[0]!
  }

  async #tell(client: pg.PoolClient, type: AcquirerEvent['type'], charge: string, now: Date): Promise<void> {
    if (!this.#told.includes(type)) return
    await client.query('INSERT INTO webhook (id, type, charge, at) VALUES ($1, $2, $3, $4)', [
      randomUUID(),
      type,
      charge,
      now,
    ])
  }
}

async function earlier(client: pg.Pool | pg.PoolClient, reference: string): Promise<OperationRow | undefined> {
  const { rows } = await client.query<OperationRow>(
    'SELECT reference, charge, kind, amount, currency, outcome FROM operation WHERE reference = $1',
    [reference],
  )
  return rows[0]
}

function view({ reference, kind, amount, currency, outcome }: OperationRow, charge: ChargeRow): ChargeOperation {
  return { reference, kind, amount: { amount: Number(amount), currency }, outcome, charge: chargeOf(charge) }
}
