/** The stream of events: what an outbox says it has published is there, what is there some transaction has decided, and everybody has read all of it. */
import type { Guilty, Query, Rule, Service, Streams } from '../rule.ts'

/** Who publishes events. */
const PUBLISHERS = ['orders', 'payments', 'inventory'] as const satisfies readonly Service[]
/** Services with an inbox. */
const READERS = ['gateway', 'orders'] as const

/** Published since then it must still be there; a minute for clocks that differ. */
const publishedSince = (keptSince: string): string =>
  `SELECT id, type || ' of ' || subject AS value FROM outbox
   WHERE published_at > timestamptz '${keptSince}' + interval '1 minute' AND published_at < now() - interval '1 second'`
/** An outbox forgets after seven days. */
const FORGETS_MS = 6 * 86_400_000

const unread = ({ readers }: Streams, name: string): Guilty[] => {
  const reader = readers.find((each) => each.name === name)
  if (reader === undefined) return [{ id: name, value: 'has no place in the stream' }]
  const { pending, unacknowledged } = reader
  return pending + unacknowledged === 0 ? [] : [{ id: name, value: `${pending} wait, ${unacknowledged} under way` }]
}

/** Event ids that some service has acted on. */
async function handled(query: Query): Promise<ReadonlySet<string>> {
  const rows = await Promise.all(READERS.map((name) => query(name, `SELECT event_id AS id, type AS value FROM inbox`)))
  return new Set(rows.flat().map(({ id }) => id))
}

export const streamRules: readonly Rule[] = [
  {
    name: 'streams.published',
    says: 'event that its outbox has published is not in the stream',
    find: async (query, outside) => {
      const { keptSince, events } = await outside.streams()
      const published = await Promise.all(PUBLISHERS.map((service) => query(service, publishedSince(keptSince))))
      return published.flat().filter(({ id }) => !events.has(id))
    },
  },
  {
    name: 'streams.decided',
    says: 'event in the stream that no transaction has decided',
    find: async (query, outside) => {
      const { events, discarded } = await outside.streams()
      const known = await Promise.all(
        PUBLISHERS.map((service) => query(service, `SELECT id, type AS value FROM outbox`)),
      )
      const ids = new Set(known.flat().map(({ id }) => id))
      const since = new Date(Date.now() - FORGETS_MS).toISOString()
      const undecided = [...events].filter(([id, { at }]) => at > since && !ids.has(id))
      if (undecided.length === 0) return []
      // An operator has decided it instead, unless somebody had acted on it before.
      const acted = await handled(query)
      const decided = (id: string): boolean =>
        !acted.has(id) && READERS.some((reader) => discarded.has(`${reader} ${id}`))
      return undecided
        .filter(([id]) => !decided(id))
        .map(([id, { subject, sequence }]) => ({ id, value: `${subject}, ${sequence} in the stream` }))
    },
  },
  {
    name: 'streams.read',
    says: 'service has not read all events',
    find: async (_query, outside) => {
      const streams = await outside.streams()
      return READERS.flatMap((name) => unread(streams, name))
    },
  },
]
