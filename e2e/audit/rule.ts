/**
 * What the auditor asks. A rule selects what should not be there and names it: its answer is a list of the guilty, and an empty list is the proof. So a rule
 * cannot pass because it looked at nothing that it understood, and what it finds can be looked up at once.
 */

/** The acquirer is another company; its books are read to compare them with ours. */
export const SERVICES = ['orders', 'payments', 'inventory', 'gateway', 'acquirer'] as const
export type Service = (typeof SERVICES)[number]

/** `id` is an order, a SKU, a currency, an event …; `value` is what stands there. */
export interface Guilty {
  readonly id: string
  readonly value: string
}

/** Answers with rows of two columns, `id` and `value`. */
export type Query = (service: Service, sql: string) => Promise<Guilty[]>

export interface Rule {
  /** Stable, for programs: `orders.ends`. */
  readonly name: string
  /** What is wrong with whatever it finds. */
  readonly says: string
  readonly find: (query: Query) => Promise<Guilty[]>
}

/** A rule about one service's database. */
export const ruleOf = (service: Service, name: string, says: string, sql: string): Rule => ({
  name: `${service}.${name}`,
  says,
  find: (query) => query(service, sql),
})
