/** The books of the services, read past the services from their databases, what stands beside them, and whether all of it agrees. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { outsideOf } from './outside.ts'
import { placesOfHome, type Places } from './places.ts'
import { Unseen, type Guilty, type Outside, type Rule, type Service } from './rule.ts'
import { acquirerRules } from './rules/acquirer.ts'
import { rulesAcrossServices } from './rules/across-services.ts'
import { eventRules } from './rules/events.ts'
import { inventoryRules } from './rules/inventory.ts'
import { mailRules } from './rules/mails.ts'
import { orderRules } from './rules/orders.ts'
import { paymentRules } from './rules/payments.ts'
import { publicRules } from './rules/public-shop.ts'
import { streamRules } from './rules/streams.ts'

export const rules: readonly Rule[] = [
  ...orderRules,
  ...paymentRules,
  ...acquirerRules,
  ...inventoryRules,
  ...eventRules,
  ...streamRules,
  ...mailRules,
  ...rulesAcrossServices,
  ...publicRules,
]

export interface Finding {
  readonly rule: Rule
  readonly guilty: readonly Guilty[]
  /** What it could not see; then that it found nothing says nothing. */
  readonly unseen: string | null
}
/** One thing that is wrong. */
export interface Violation extends Guilty {
  readonly rule: string
  readonly says: string
}

/** How long what does not answer is looked at again. */
const LOOKS_AGAIN_FOR_MS = 10_000

export class Books {
  readonly #clients: ReadonlyMap<Service, pg.Client>
  readonly #outside: Outside

  private constructor(clients: ReadonlyMap<Service, pg.Client>, outside: Outside) {
    this.#clients = clients
    this.#outside = outside
  }

  /**
   * @param home MESHMART_HOME of a running shop
   * @param shop its public address, where that is to be looked at, too
   * @throws where it was never started, or its PostgreSQL does not answer
   */
  static open(home: string, shop: string | null = null): Promise<Books> {
    return Books.openAt(placesOfHome(home, shop))
  }

  /** @throws where a database does not answer */
  static async openAt(places: Places): Promise<Books> {
    const clients = new Map<Service, pg.Client>()
    for (const [service, connectionString] of places.databases) {
      const client = new pg.Client({ connectionString })
      await client.connect()
      clients.set(service, client)
    }
    return new Books(clients, outsideOf(places))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.end()))
  }

  /** @throws Unseen */
  async read<T extends object>(service: Service, sql: string): Promise<T[]> {
    const client = this.#clients.get(service)
    if (client === undefined) throw new Unseen(`the database of ${service}`)
    return (await client.query<T>(sql)).rows
  }

  /** What each rule finds now. @param seen what stands beside the databases, for who wants to see it otherwise */
  async findings(seen: (outside: Outside) => Outside = (outside) => outside): Promise<Finding[]> {
    const findings: Finding[] = []
    const outside = seen(once(this.#outside))
    for (const rule of rules) findings.push(await this.finding(rule, outside))
    return findings
  }

  /** What this rule alone finds now. */
  async finding(rule: Rule, outside: Outside = this.#outside): Promise<Finding> {
    try {
      return { rule, guilty: await rule.find((service, sql) => this.read<Guilty>(service, sql), outside), unseen: null }
    } catch (error) {
      if (error instanceof Unseen) return { rule, guilty: [], unseen: error.message }
      throw error
    }
  }

  /** How many given up events an operator has discarded in the last 30 days, which counts as decided; null where that cannot be seen. */
  async discarded(): Promise<number | null> {
    try {
      return (await this.#outside.streams()).discarded.size
    } catch (error) {
      if (error instanceof Unseen) return null
      throw error
    }
  }

  /** Everything that is wrong once work under way has had `patienceMs` to come to its end; empty is the proof. */
  async settled(patienceMs = 30_000): Promise<Violation[]> {
    return violationsOf(await this.settledFindings(patienceMs))
  }

  async settledFindings(patienceMs: number): Promise<Finding[]> {
    const deadline = Date.now() + patienceMs
    const looksUntil = Math.max(deadline, Date.now() + LOOKS_AGAIN_FOR_MS)
    for (;;) {
      try {
        const findings = await this.findings()
        if (findings.every(({ guilty }) => guilty.length === 0) || Date.now() > deadline) return findings
      } catch (error) {
        // A mailbox or a control plane that is just coming back.
        if (Date.now() > looksUntil) throw error
      }
      await sleep(250)
    }
  }
}

/** The streams and the shop are read once for all rules of a round; the mailbox each time, because what is in it depends on when one looks. */
function once(outside: Outside): Outside {
  const [streams, shop] = [remembered(outside.streams), remembered(outside.shop)]
  return { streams, shop, mailbox: outside.mailbox }
}

function remembered<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= read())
}

export function violationsOf(findings: readonly Finding[]): Violation[] {
  return findings.flatMap(({ rule: { name, says }, guilty }) =>
    guilty.map(({ id, value }) => ({ rule: name, says, id, value })),
  )
}
