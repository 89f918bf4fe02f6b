/**
 * What is done to charges. The answer to a reference is written in the transaction that moves the money, refusals too: so the same question has the same answer
 * for ever, and a caller that has heard nothing can ask.
 */
import { randomUUID } from 'node:crypto'
import type { AcquirerEvent, ChargeOperation, ChargeOperationKind, ChargeOperationRequest } from '@meshmart/contracts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { type Change, changeOf } from '../domain/decide.ts'
import { statement } from '../statement.ts'
import { bookOf, chargeOf, type ChargeRow, FIND_CHARGE } from './charge-row.ts'
import type { Telling } from './telling.ts'
import { inTransaction, type Sent } from './transaction.ts'

interface OperationRow {
  readonly reference: string
  readonly charge: string
  readonly kind: ChargeOperationKind
  readonly amount: string
  readonly currency: string
  readonly outcome: 'done' | 'refused'
}
const FIND = statement(
  'find_operation',
  'SELECT reference, charge, kind, amount, currency, outcome FROM operation WHERE reference = $1',
)
const LOCK_CHARGE = statement('lock_charge', 'SELECT * FROM charge WHERE reference = $1 FOR UPDATE')
const KEEP = statement('keep_operation', 'INSERT INTO operation VALUES ($1, $2, $3, $4, $5, $6, $7)')
const CHANGE_CHARGE = statement(
  'change_charge',
  `WITH changed AS (
     UPDATE charge SET state = coalesce($2, state), captured = coalesce($3, captured), refunded = coalesce($4, refunded),
       updated_at = $5 WHERE reference = $1 RETURNING *
   ), told AS (
     INSERT INTO webhook (id, type, charge, at) SELECT $6, $7::text, reference, $5 FROM changed WHERE $7 = ANY($8::text[])
   ) SELECT * FROM changed`,
)

type EventType = AcquirerEvent['type']
const EVENT: Record<ChargeOperationKind, EventType> = {
  capture: 'charge.captured',
  void: 'charge.voided',
  refund: 'charge.refunded',
}

export class Operations {
  readonly #pool: pg.Pool
  readonly #clock: Clock
  readonly #telling: Telling
  constructor(pool: pg.Pool, clock: Clock, telling: Telling) {
    this.#telling = telling
    this.#pool = pool
    this.#clock = clock
  }

  async find(reference: string): Promise<ChargeOperation | null> {
    const operation = await earlier(this.#pool, reference)
    if (!operation) return null
    const { rows } = await this.#pool.query<ChargeRow>(FIND_CHARGE(operation.charge))
    return view(operation, rows[0]!)
  }

  /** Null where there is no such charge; `other` where the reference is another operation's. */
  async operate(charge: string, request: ChargeOperationRequest): Promise<ChargeOperation | 'other' | null> {
    const happened: EventType[] = []
    const answer = await inTransaction(this.#pool, (client) => this.#operate(client, charge, request, happened))
    for (const type of happened) this.#telling.happened(type)
    return answer
  }

  /** @param happened what comes to be told is put into it */
  async #operate(
    client: pg.PoolClient,
    charge: string,
    { reference, kind, amount }: ChargeOperationRequest,
    happened: EventType[],
  ): Promise<Sent<ChargeOperation | 'other' | null>> {
    // Whoever else is at this charge, with this reference too, waits for the first statement; the second one sees what they have left.
    const [locked, known] = await Promise.all([
      client.query<ChargeRow>(LOCK_CHARGE(charge)),
      earlier(client, reference),
    ])
    if (!locked.rows[0]) return sent(null)
    const now = this.#clock()
    const become = async (type: EventType, { state, captured, refunded }: Change): Promise<ChargeRow> => {
      const values = [charge, state, captured, refunded, now, randomUUID(), type, this.#telling.types]
      const { rows } = await client.query<ChargeRow>(CHANGE_CHARGE(...values))
      happened.push(type)
      return rows[0]!
    }
    let before = locked.rows[0]
    // A hold past its time is let go by whoever meets it first: the worker, or this call.
    if (before.state === 'authorised' && before.expires_at <= now)
      before = await become('charge.expired', { state: 'expired' })
    if (known) {
      const same = known.charge === charge && known.kind === kind && Number(known.amount) === amount.amount
      return sent(same && known.currency === amount.currency ? view(known, before) : 'other')
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
    const kept = client.query(KEEP(...Object.values(operation), now))
    const after = change === null ? before : become(EVENT[kind], change)
    return sent(Promise.all([after, kept]).then(([row]) => view(operation, row)))
  }
}

const sent = <T>(answer: T | Promise<T>): Sent<T> => ({ answer: Promise.resolve(answer) })

async function earlier(client: pg.Pool | pg.PoolClient, reference: string): Promise<OperationRow | undefined> {
  const { rows } = await client.query<OperationRow>(FIND(reference))
  return rows[0]
}

function view({ reference, kind, amount, currency, outcome }: OperationRow, charge: ChargeRow): ChargeOperation {
  return { reference, kind, amount: { amount: Number(amount), currency }, outcome, charge: chargeOf(charge) }
}
