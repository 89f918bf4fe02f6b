/**
 * An e-mail is due with the change that it tells of, or not at all: it is a row in the same transaction. Sending is the relay's work, later, and as often as it
 * takes.
 */
import { randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import { CLOCK, type Clock } from '../clock.ts'
import type { Transaction } from '../database/database.ts'
import { isOneAddress, oneLine } from './mail-text.ts'

export interface NewMail {
  /** What it is for, such as `stock-warning/<id>`: a second one for the same is not made. */
  readonly dueFor: string
  readonly recipient: string
  readonly subject: string
  /** Plain text. */
  readonly body: string
}

@Injectable()
export class MailOutbox {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Throws where the recipient is not one address: nobody could tell whom it went to. */
  append(tx: Transaction, { dueFor, recipient, subject, body }: NewMail): void {
    if (!isOneAddress(recipient)) throw new Error(`the e-mail for ${dueFor} has no single recipient`)
    tx.send`
      INSERT INTO "mail" ("id", "due_for", "recipient", "subject", "body", "created_at")
      VALUES (${randomUUID()}::uuid, ${dueFor}, ${recipient}, ${oneLine(subject)}, ${body}, ${this.clock.now()}::timestamptz)
      ON CONFLICT ("due_for") DO NOTHING`
  }
}
