/**
 * Until version 0.1 of November 2026 the demo acquirer kept its books in payments' database. A home from then keeps its money: what is left there is moved to the
 * acquirer's own database, once, and then dropped. Safe to run at every start.
 */
import pg from 'pg'

interface OldCard {
  readonly token: string
  readonly brand: string
  readonly last4: string
  readonly expiry: string
  readonly behaviour: string
  readonly created_at: Date
}
interface OldCharge {
  readonly key: string
  readonly token: string
  readonly amount: string
  readonly currency: string
  readonly state: 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded'
  readonly decline_reason: string | null
  readonly updated_at: Date
}

/** @param urlOf superuser's address of a service's database */
export async function moveAcquirerBooks(urlOf: (service: 'payments' | 'acquirer') => string): Promise<void> {
  const from = new pg.Client({ connectionString: urlOf('payments'), options: '-c timezone=UTC' })
  const to = new pg.Client({ connectionString: urlOf('acquirer'), options: '-c timezone=UTC' })
  await Promise.all([from.connect(), to.connect()])
  try {
    const { rows } = await from.query<{ old: string | null }>(`SELECT to_regclass('acquirer_charge') AS old`)
    if (rows[0]?.old === null) return
    const cards = await from.query<OldCard>('SELECT * FROM acquirer_card')
    const charges = await from.query<OldCharge>('SELECT * FROM acquirer_charge')
    const operations = await from.query<{
      id: string
      payment_id: string
      kind: string
      amount: string
      ended_at: Date
    }>(
      `SELECT id, payment_id, kind, amount, ended_at FROM payment_operation WHERE state = 'done' AND kind IN ('capture', 'refund')`,
    )
    await to.query('BEGIN')
    for (const { token, brand, last4, expiry, behaviour, created_at } of cards.rows) {
      const card = [token, brand, last4, expiry, behaviour, created_at]
      await to.query('INSERT INTO card VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING', card)
    }
    for (const charge of charges.rows) await insertCharge(to, charge)
    for (const { id, payment_id, kind, amount, ended_at } of operations.rows)
      await to.query(
        `INSERT INTO operation (reference, charge, kind, amount, currency, outcome, at)
         SELECT $1, reference, $3, $4, currency, 'done', $5 FROM charge WHERE reference = $2 ON CONFLICT DO NOTHING`,
        [id, payment_id, kind, amount, ended_at],
      )
    // Committed there before it goes here: where this dies in between, the next start finds both and moves nothing twice.
    await to.query('COMMIT')
    await from.query('DROP TABLE acquirer_charge, acquirer_card, acquirer_failure')
  } finally {
    await Promise.all([from.end(), to.end()])
  }
}

async function insertCharge(to: pg.Client, charge: OldCharge): Promise<void> {
  const { key, token, amount, currency, state, decline_reason, updated_at } = charge
  const taken = state === 'captured' || state === 'refunded'
  const hold = new Date(updated_at.getTime() + 7 * 86_400_000)
  const [captured, refunded] = [taken ? amount : 0, state === 'refunded' ? amount : 0]
  const there = taken ? 'captured' : state
  await to.query(
    `INSERT INTO charge (reference, token, amount, currency, state, decline_reason, captured, refunded, expires_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING`,
    [key, token, amount, currency, there, decline_reason, captured, refunded, hold, updated_at],
  )
}
