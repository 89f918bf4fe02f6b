/** E-mails: what was due exists once, was sent in time, and has arrived; and nothing has arrived that was not due. */
import type { Guilty, Query, Rule, Service } from '../rule.ts'
import { mailsSince } from './mails-since.ts'

const SENDERS = ['gateway', 'inventory'] as const satisfies readonly Service[]
/** After that an e-mail that was not sent is late; its server was away, or puts it off. */
const DEADLINE = '5 minutes'
/** The mailbox keeps the last 20,000: of so many it is asked. */
const ASKED_FOR = 15_000
/** The senders' own Message-IDs, `<row@domain>`. */
const OURS = /^<([0-9a-f-]{36})@meshmart\.example>$/

const ofSenders = async (query: Query, sql: string): Promise<Guilty[]> =>
  (await Promise.all(SENDERS.map((service) => query(service, sql)))).flat()

/** What an e-mail is due for, of events that have happened since there are e-mails about orders. The last piece of an order that came back makes none of its own. */
const dueSince = (since: string): string =>
  `SELECT id, CASE WHEN type = 'order.returned' THEN 'order-returned/' || (data ->> 'returnId')
     ELSE replace(type, '.', '-') || '/' || subject END AS value FROM outbox
   WHERE type IN ('order.confirmed', 'order.rejected', 'order.cancelled', 'order.returned') AND published_at IS NOT NULL
     AND occurred_at > timestamptz '${since}' AND NOT (type = 'order.cancelled' AND data ->> 'cause' = 'returned')`

export const mailRules: readonly Rule[] = [
  {
    name: 'mails.due',
    says: 'event about an order has no e-mail',
    find: async (query) => {
      const since = await mailsSince(query)
      if (since === null) return [{ id: 'gateway', value: 'has no outbox of e-mails' }]
      const due = await query('orders', dueSince(since))
      // What is not handled yet is another rule's.
      const handled = new Set(
        (await query('gateway', `SELECT event_id AS id, type AS value FROM inbox`)).map(({ id }) => id),
      )
      const made = new Set((await query('gateway', `SELECT id, due_for AS value FROM mail`)).map(({ value }) => value))
      return due.filter(({ id, value }) => handled.has(id) && !made.has(value))
    },
  },
  {
    name: 'mails.sent',
    says: 'e-mail was not sent in time',
    find: (query) =>
      ofSenders(
        query,
        `SELECT id, due_for || ', put off ' || attempts || ' times' AS value FROM mail
         WHERE sent_at IS NULL AND refused IS NULL AND created_at < now() - interval '${DEADLINE}'`,
      ),
  },
  {
    name: 'mails.taken',
    says: 'e-mail was refused for good',
    find: (query) =>
      ofSenders(query, `SELECT id, due_for || ': ' || refused AS value FROM mail WHERE refused IS NOT NULL`),
  },
  {
    name: 'mails.arrived',
    says: 'e-mail was sent and has not arrived',
    find: async (query, outside) => {
      const sent = await ofSenders(
        query,
        `SELECT id, due_for AS value FROM mail WHERE sent_at < now() - interval '1 second' ORDER BY sent_at DESC LIMIT ${ASKED_FOR}`,
      )
      // Read after them: what was sent before is there.
      const arrived = new Set(Object.keys(await outside.mailbox()).map((messageId) => OURS.exec(messageId)?.[1]))
      return sent.filter(({ id }) => !arrived.has(id))
    },
  },
  {
    name: 'mails.decided',
    says: 'e-mail in the mailbox that was not due',
    find: async (query, outside) => {
      const arrived = Object.keys(await outside.mailbox()).flatMap((messageId) => OURS.exec(messageId)?.[1] ?? [])
      const known = new Set((await ofSenders(query, `SELECT id, due_for AS value FROM mail`)).map(({ id }) => id))
      return arrived.filter((id) => !known.has(id)).map((id) => ({ id, value: 'nobody has had it sent' }))
    },
  },
]
