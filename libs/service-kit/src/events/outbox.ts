/**
 * An event leaves with the change that it tells of, or not at all: it is a row in the same transaction. Publishing is the relay's work, later, and as
 * often as it takes.
 */
import { randomUUID } from 'node:crypto'
import { type EventData, eventSchemas, type EventType } from '@meshmart/contracts'
import { currentRequest } from '@meshmart/sidecar'
import { Inject, Injectable } from '@nestjs/common'
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
    const data = eventSchemas[event.type].parse(event.data)
    tx.send`
      INSERT INTO "outbox" ("id", "type", "subject", "data", "traceparent", "occurred_at")
      VALUES (${randomUUID()}::uuid, ${event.type}, ${event.subject}, ${JSON.stringify(data)}::jsonb,
        ${currentRequest()?.traceparent ?? null}, ${this.clock.now()}::timestamptz)`
  }
}
