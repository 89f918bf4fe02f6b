/** Events: what a transaction decided was published, and who has to act on it has acted. */
import { ruleOf, type Guilty, type Query, type Rule } from '../rule.ts'

const unpublished = (['orders', 'payments', 'inventory'] as const).map((service) =>
  ruleOf(
    service,
    'published',
    'event was not published',
    `SELECT id, type || ' of ' || subject AS value FROM outbox WHERE published_at IS NULL`,
  ),
)

/** Who has to act on what, and on whose word. */
const READERS = [
  { publisher: 'orders', type: 'order.confirmed', reader: 'gateway' },
  { publisher: 'payments', type: 'payment.expired', reader: 'orders' },
] as const

/** An outbox keeps what it has published for seven days, an inbox what it has handled for thirty: what is in the first must be in the second. */
async function unhandled(query: Query): Promise<Guilty[]> {
  const guilty = await Promise.all(
    READERS.map(async ({ publisher, type, reader }) => {
      const published = await query(
        publisher,
        `SELECT id, type || ' of ' || subject AS value FROM outbox WHERE published_at IS NOT NULL AND type = '${type}'`,
      )
      const handled = await query(reader, `SELECT event_id AS id, type AS value FROM inbox`)
      const known = new Set(handled.map(({ id }) => id))
      return published
        .filter(({ id }) => !known.has(id))
        .map(({ id, value }) => ({ id, value: `${value}, by ${reader}` }))
    }),
  )
  return guilty.flat()
}

export const eventRules: readonly Rule[] = [
  ...unpublished,
  { name: 'events.handled', says: 'event was not handled by who has to act on it', find: unhandled },
]
