/**
 * An event leaves with the change that it tells of, or not at all: it is a row in the same transaction. Publishing is the relay's work, later, and as
 * often as it takes.
 */
import { randomUUID } from 'node:crypto'
import { type EventData, eventSchemas, type EventType } from '@meshmart/contracts'
import { currentRequest } from '@meshmart/sidecar'
import { Inject, Injectable } from '@nestjs/common'
import sql, { type Sql } from 'sql-template-tag'
import { CLOCK, type Clock } from '../clock.ts'
import type { Transaction } from '../database/database.ts'

export interface NewEvent<T extends EventType = EventType> {
  readonly type: T
  /** What it is about: an order id or a SKU. */
  readonly subject: string
  readonly data: EventData<T>
}

@Injectable()
export class Outbox {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Writes the event in the caller's transaction. Throws a ZodError where `data` is not what the type promises: readers rely on it. */
  append<T extends EventType>(tx: Transaction, event: NewEvent<T>): void {
    tx.send(this.insertion([event]))
  }

  /** The statement that writes these events in this order, for whoever makes it a part of another one (`WITH told AS (…)`). Throws as `append` does. */
  insertion(events: readonly NewEvent[]): Sql {
    const data = events.map((event) => JSON.stringify(eventSchemas[event.type].parse(event.data)))
    return sql`
      INSERT INTO "outbox" ("id", "type", "subject", "data", "traceparent", "occurred_at")
      SELECT given.id, given.type, given.subject, given.data, ${currentRequest()?.traceparent ?? null}::text, ${this.clock.now()}::timestamptz
      FROM unnest(${events.map(() => randomUUID())}::uuid[], ${events.map(({ type }) => type)}::text[],
        ${events.map(({ subject }) => subject)}::text[], ${data}::jsonb[]) AS given(id, type, subject, data)`
  }
}
