/** The money there and the money here: the acquirer's own books, read from its own database, against payments' and its ledger's. */
import { ruleOf, type Guilty, type Query, type Rule } from '../rule.ts'

/** State, authorised, captured, refunded and currency, as both sides word them. Where we have refunded all, the acquirer still calls it captured. */
const OURS = `SELECT id, CASE state WHEN 'refunded' THEN 'captured' ELSE state::text END || ' ' || amount || ' ' || captured_amount || ' ' || refunded_amount
  || ' ' || currency AS value FROM payment_intent WHERE state <> 'pending'`
const THEIRS = `SELECT reference AS id, state || ' ' || amount || ' ' || captured || ' ' || refunded || ' ' || currency AS value FROM charge`

const byId = (rows: readonly Guilty[]): Map<string, string> => new Map(rows.map(({ id, value }) => [id, value]))

async function disagreeing(query: Query): Promise<Guilty[]> {
  const [ours, theirs] = [await query('payments', OURS), byId(await query('acquirer', THEIRS))]
  return ours.flatMap(({ id, value }) => {
    const there = theirs.get(id) ?? 'nothing'
    return there === value ? [] : [{ id, value: `here ${value}, there ${there}` }]
  })
}

/** A pending payment of ours may have arrived there already. */
async function strange(query: Query): Promise<Guilty[]> {
  const known = new Set((await query('payments', `SELECT id, '' AS value FROM payment_intent`)).map(({ id }) => id))
  return (await query('acquirer', THEIRS)).filter(({ id }) => !known.has(id))
}

/** Each operation that is known on one side is known on the other, with the same outcome. */
async function operationsDiffering(query: Query): Promise<Guilty[]> {
  const ours = await query(
    'payments',
    `SELECT id, kind || ' ' || amount || ' ' || state AS value FROM payment_operation
     WHERE state <> 'open' AND kind IN ('capture', 'void', 'refund')`,
  )
  const theirs = byId(
    await query('acquirer', `SELECT reference AS id, kind || ' ' || amount || ' ' || outcome AS value FROM operation`),
  )
  const open = await query('payments', `SELECT id, '' AS value FROM payment_operation WHERE state = 'open'`)
  const here = new Set([...ours, ...open].map(({ id }) => id))
  return [
    ...ours.flatMap(({ id, value }) =>
      theirs.get(id) === value ? [] : [{ id, value: `here ${value}, there ${theirs.get(id) ?? 'nothing'}` }],
    ),
    ...[...theirs].flatMap(([id, value]) => (here.has(id) ? [] : [{ id, value: `there ${value}, here nothing` }])),
  ]
}

/** What the acquirer owes us by our ledger is what it has taken for us and not given back, by currency. */
async function balance(query: Query): Promise<Guilty[]> {
  const here = byId(
    await query(
      'payments',
      `SELECT currency AS id, sum(amount)::text AS value FROM ledger_entry WHERE account = 'acquirer-receivable' GROUP BY currency`,
    ),
  )
  const there = byId(
    await query(
      'acquirer',
      `SELECT currency AS id, sum(captured - refunded)::text AS value FROM charge WHERE captured > 0 GROUP BY currency`,
    ),
  )
  return [...new Set([...here.keys(), ...there.keys()])].flatMap((id) => {
    const [ours, theirs] = [here.get(id) ?? '0', there.get(id) ?? '0']
    return ours === theirs ? [] : [{ id, value: `ledger ${ours}, acquirer ${theirs}` }]
  })
}

export const acquirerRules: readonly Rule[] = [
  { name: 'acquirer.agrees', says: "payment differs from the acquirer's charge", find: disagreeing },
  { name: 'acquirer.charges-for-us', says: 'the acquirer charged for no payment of ours', find: strange },
  {
    name: 'acquirer.operations',
    says: 'capture, void or refund differs between the two books',
    find: operationsDiffering,
  },
  { name: 'acquirer.balance', says: "the ledger is not the acquirer's balance", find: balance },
  ruleOf(
    'acquirer',
    'sum-of-operations',
    'charge is not the sum of its operations',
    `SELECT c.reference AS id, c.captured || ' less ' || c.refunded || ', operations: ' || coalesce(o.captured, 0) || ' less ' || coalesce(o.refunded, 0) AS value
     FROM charge c LEFT JOIN (
       SELECT charge, sum(amount) FILTER (WHERE kind = 'capture') AS captured, sum(amount) FILTER (WHERE kind = 'refund') AS refunded
       FROM operation WHERE outcome = 'done' GROUP BY charge
     ) o ON o.charge = c.reference
     WHERE c.captured <> coalesce(o.captured, 0) OR c.refunded <> coalesce(o.refunded, 0)`,
  ),
]
