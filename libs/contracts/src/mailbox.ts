/** The demo's mailbox: the e-mails that it has received, newest first. It keeps the last 20,000. */
import { z } from 'zod'

/** The name that the shop calls the mailbox by; a ServiceEntry says where its read API is. */
export const MAILBOX_HOST = 'mailbox.example.com'

export const MailboxEntry = z
  .strictObject({
    /** Counts up. */
    id: z.int().min(1),
    /** RFC 5322, with its angle brackets. */
    messageId: z.string(),
    receivedAt: z.iso.datetime(),
    from: z.string(),
    /** Of the envelope. */
    to: z.array(z.string()),
    subject: z.string(),
    /** How often it has come; sending is at least once. */
    copies: z.int().min(1),
  })
  .meta({ id: 'MailboxEntry' })
export type MailboxEntry = z.infer<typeof MailboxEntry>

export const MailboxPage = z
  .strictObject({ items: z.array(MailboxEntry), nextCursor: z.string().nullable() })
  .meta({ id: 'MailboxPage' })
export type MailboxPage = z.infer<typeof MailboxPage>

/** `text` is null where it is not plain text; `source` is the whole message. */
export const MailboxDetail = z
  .strictObject({ ...MailboxEntry.shape, text: z.string().nullable(), source: z.string() })
  .meta({ id: 'MailboxDetail' })
export type MailboxDetail = z.infer<typeof MailboxDetail>

/** Answer of `GET /v1/message-ids`: how often each kept message has come. */
export const MailboxIds = z.record(z.string(), z.int().min(1))
export type MailboxIds = z.infer<typeof MailboxIds>
