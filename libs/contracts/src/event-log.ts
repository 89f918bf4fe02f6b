/** What stands in the stream `EVENTS`, and how far its readers are: for the auditor, who compares it with outboxes and inboxes. */
import { z } from 'zod'

/** One event, without what it says: that is nobody's business who only counts. */
export const LoggedEvent = z.object({
  /** In the stream. */
  sequence: z.int().min(1),
  subject: z.string(),
  /** The outbox row's; null for what is no envelope. */
  id: z.string().nullable(),
  /** When the stream took it. */
  at: z.iso.datetime(),
})
export type LoggedEvent = z.infer<typeof LoggedEvent>

export const EventReader = z.object({
  /** The durable consumer, which bears the service's name. */
  name: z.string(),
  /** Not delivered yet. */
  pending: z.int().min(0),
  /** Delivered and not acknowledged. */
  unacknowledged: z.int().min(0),
})
export type EventReader = z.infer<typeof EventReader>

/** A page of it, oldest first. */
export const EventLogPage = z.object({
  /** Of the oldest event that is kept; 0 where there is none. */
  firstSequence: z.int().min(0),
  lastSequence: z.int().min(0),
  readers: z.array(EventReader),
  events: z.array(LoggedEvent),
  /** For the next page; null where this was the last one. */
  after: z.int().min(0).nullable(),
})
export type EventLogPage = z.infer<typeof EventLogPage>
