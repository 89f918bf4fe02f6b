/**
 * An event that a service has given up, as the stream `DEAD_LETTERS` keeps it and as the control plane tells it; and what an operator has discarded of them, as the
 * stream `DISCARDED` remembers it.
 */
import { z } from 'zod'

export const DEAD_LETTERS_STREAM = 'DEAD_LETTERS'
export const DISCARDED_STREAM = 'DISCARDED'

/** `dead.<service>.<type of the event>`. @param subject of the event, `events.order.confirmed` */
export const deadLetterSubject = (service: string, subject: string): string =>
  `dead.${service}.${subject.replace(/^events\./, '')}`

/** `discarded.<service>.<type of the event>`. @param subject of the dead letter, `dead.gateway.order.confirmed` */
export const discardedSubject = (subject: string): string => subject.replace(/^dead\./, 'discarded.')

/** NATS headers beside the event's own bytes. */
export const DEAD_LETTER_HEADERS = {
  /** That it came with. */
  subject: 'Meshmart-Subject',
  /** In the stream `EVENTS`. */
  sequence: 'Meshmart-Sequence',
  deliveries: 'Meshmart-Deliveries',
  reason: 'Meshmart-Reason',
  error: 'Meshmart-Error',
} as const

/** Those that a record of a discarded one has besides. */
export const DISCARD_HEADERS = {
  /** In the stream `DEAD_LETTERS`. */
  letter: 'Meshmart-Dead-Letter',
  /** When its service gave it up: RFC 3339. */
  givenUp: 'Meshmart-Given-Up',
  /** SPIFFE id, and for whom it acted. */
  by: 'Meshmart-Discarded-By',
} as const

export const DeadLetter = z
  .object({
    /** In the stream `DEAD_LETTERS`: its name. */
    sequence: z.int().min(1),
    /** That gave it up. */
    service: z.string(),
    subject: z.string(),
    eventSequence: z.int().min(0),
    deliveries: z.int().min(0),
    reason: z.string(),
    error: z.string(),
    at: z.iso.datetime(),
    /** The event as it came: JSON where it is JSON, else its text. */
    event: z.unknown(),
  })
  .meta({ id: 'DeadLetter' })
export type DeadLetter = z.infer<typeof DeadLetter>

export const DeadLetterList = z
  .object({ letters: z.array(DeadLetter), total: z.int().min(0) })
  .meta({ id: 'DeadLetterList' })
export type DeadLetterList = z.infer<typeof DeadLetterList>

export const DeadLetterChange = z
  .strictObject({ sequences: z.array(z.int().min(1)).min(1).max(1_000) })
  .meta({ id: 'DeadLetterChange' })
export type DeadLetterChange = z.infer<typeof DeadLetterChange>

/** `missing`: replayed, discarded or expired before. */
export const DeadLetterOutcome = z
  .object({ done: z.array(z.int()), missing: z.array(z.int()) })
  .meta({ id: 'DeadLetterOutcome' })
export type DeadLetterOutcome = z.infer<typeof DeadLetterOutcome>

export const DiscardedLetter = z
  .object({
    /** In the stream `DISCARDED`: after which one more can be asked for. */
    sequence: z.int().min(1),
    /** As it lay among the dead letters. */
    letter: DeadLetter,
    /** SPIFFE id of who discarded it, and for whom. */
    by: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'DiscardedLetter' })
export type DiscardedLetter = z.infer<typeof DiscardedLetter>

export const DiscardedList = z
  .object({ discarded: z.array(DiscardedLetter), total: z.int().min(0) })
  .meta({ id: 'DiscardedList' })
export type DiscardedList = z.infer<typeof DiscardedList>
