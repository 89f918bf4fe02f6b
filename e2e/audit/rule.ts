/**
 * What the auditor asks. A rule selects what should not be there and names it: its answer is a list of the guilty, and an empty list is the proof. So a rule
 * cannot pass because it looked at nothing that it understood, and what it finds can be looked up at once. What it cannot see it says: that is no proof.
 */
import type { EventReader, Health, LoggedEvent, MailboxIds, Product } from '@meshmart/contracts'

/** The acquirer is another company; its books are read to compare them with ours. */
export const SERVICES = ['orders', 'payments', 'inventory', 'gateway', 'acquirer'] as const
export type Service = (typeof SERVICES)[number]

/** `id` is an order, a SKU, a currency, an event …; `value` is what stands there. */
export interface Guilty {
  readonly id: string
  readonly value: string
}

/** Answers with rows of two columns, `id` and `value`. Throws Unseen where nobody has said where that database is. */
export type Query = (service: Service, sql: string) => Promise<Guilty[]>

/** What is not in a database. Each throws Unseen where nobody has said where to look. */
export interface Outside {
  readonly streams: () => Promise<Streams>
  readonly mailbox: () => Promise<MailboxIds>
  readonly shop: () => Promise<PublicShop>
}

/** The stream `EVENTS`, its readers, what they have given up, and what became of that. */
export interface Streams {
  /** RFC 3339: what the stream took since then is still there; `infinity` where nothing is. */
  readonly keptSince: string
  readonly events: ReadonlyMap<string, LoggedEvent>
  readonly readers: readonly EventReader[]
  /** `gateway 0192…`: who has given up which event. */
  readonly givenUp: ReadonlySet<string>
  /** The same of what an operator has discarded in the last 30 days. */
  readonly discarded: ReadonlySet<string>
}

/** What everybody can see of the shop. */
export interface PublicShop {
  readonly health: Health
  readonly products: readonly Product[]
  /** How strangers are answered where only some may come in, by path. */
  readonly doors: ReadonlyMap<string, number>
}

/** Nobody has said where to look. */
export class Unseen extends Error {}

export interface Rule {
  /** Stable, for programs: `orders.ends`. */
  readonly name: string
  /** What is wrong with whatever it finds. */
  readonly says: string
  readonly find: (query: Query, outside: Outside) => Promise<Guilty[]>
}

/** A rule about one service's database. */
export const ruleOf = (service: Service, name: string, says: string, sql: string): Rule => ({
  name: `${service}.${name}`,
  says,
  find: (query) => query(service, sql),
})
