/** Events: what a transaction decided was published, and who has to act on it has acted. */
import { ruleOf, type Guilty, type Query, type Rule } from '../rule.ts'

const unpublished = (['orders', 'inventory'] as const).map((service) =>
  ruleOf(
    service,
    'published',
    'event was not published',
    `SELECT id, type || ' of ' || subject AS value FROM outbox WHERE published_at IS NULL`,
  ),
)

/** An outbox keeps what it has published for seven days, an inbox what it has handled for thirty: what is in the first must be in the second. */
async function unhandled(query: Query): Promise<Guilty[]> {
  const published = await query(
    'orders',
    `SELECT id, type || ' of ' || subject AS value FROM outbox WHERE published_at IS NOT NULL AND type = 'order.confirmed'`,
  )
  const handled = await query('gateway', `SELECT event_id AS id, type AS value FROM inbox`)
  const known = new Set(handled.map(({ id }) => id))
  return published.filter(({ id }) => !known.has(id))
}

export const eventRules: readonly Rule[] = [
  ...unpublished,
  { name: 'events.handled', says: 'event was not handled by the gateway', find: unhandled },
]
