/** Events: what a transaction decided was published, and who has to act on it has acted. */
import { ruleOf, Unseen, type Guilty, type Outside, type Query, type Rule } from '../rule.ts'
import { mailsSince } from './mails-since.ts'

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
  { publisher: 'orders', type: 'order.confirmed', reader: 'gateway', since: 'ever' },
  { publisher: 'orders', type: 'order.rejected', reader: 'gateway', since: 'mails' },
  { publisher: 'orders', type: 'order.cancelled', reader: 'gateway', since: 'mails' },
  { publisher: 'orders', type: 'order.returned', reader: 'gateway', since: 'mails' },
  { publisher: 'payments', type: 'payment.expired', reader: 'orders', since: 'ever' },
] as const

/**
 * What stands in DEAD_LETTERS is an operator's, and not lost; what an operator has discarded was decided, and there is a record of it. Where neither can be seen nothing
 * is known to stand there.
 */
async function inAnOperatorsHands(outside: Outside): Promise<ReadonlySet<string>> {
  try {
    const { givenUp, discarded } = await outside.streams()
    return new Set([...givenUp, ...discarded])
  } catch (error) {
    if (error instanceof Unseen) return new Set()
    throw error
  }
}

/** An outbox keeps what it has published for seven days, an inbox what it has handled for thirty: what is in the first must be in the second. */
async function unhandled(query: Query, outside: Outside): Promise<Guilty[]> {
  const known = await inAnOperatorsHands(outside)
  // Since then the gateway also acts on how orders end without having been confirmed.
  const mails = (await mailsSince(query)) ?? 'infinity'
  const guilty: Guilty[] = []
  for (const { publisher, type, reader, since } of READERS) {
    const published = await query(
      publisher,
      `SELECT id, type || ' of ' || subject AS value FROM outbox WHERE published_at IS NOT NULL AND type = '${type}'
         AND occurred_at > timestamptz '${since === 'mails' ? mails : '-infinity'}'`,
    )
    const handled = await query(reader, `SELECT event_id AS id, type AS value FROM inbox WHERE type = '${type}'`)
    const acted = new Set(handled.map(({ id }) => id))
    for (const { id, value } of published)
      if (!acted.has(id) && !known.has(`${reader} ${id}`)) guilty.push({ id, value: `${value}, by ${reader}` })
  }
  return guilty
}

export const eventRules: readonly Rule[] = [
  ...unpublished,
  {
    name: 'events.handled',
    says: 'event was not handled by who has to act on it, is no dead letter, and no operator has discarded it',
    find: unhandled,
  },
]
