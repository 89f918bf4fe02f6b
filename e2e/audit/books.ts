/** The books of the services, read past the services from their databases, and whether they agree. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { SERVICES, type Guilty, type Rule, type Service } from './rule.ts'
import { acquirerRules } from './rules/acquirer.ts'
import { rulesAcrossServices } from './rules/across-services.ts'
import { eventRules } from './rules/events.ts'
import { inventoryRules } from './rules/inventory.ts'
import { orderRules } from './rules/orders.ts'
import { paymentRules } from './rules/payments.ts'

export const rules: readonly Rule[] = [
  ...orderRules,
  ...paymentRules,
  ...acquirerRules,
  ...inventoryRules,
  ...eventRules,
  ...rulesAcrossServices,
]

export interface Finding {
  readonly rule: Rule
  readonly guilty: readonly Guilty[]
}
/** One thing that is wrong. */
export interface Violation extends Guilty {
  readonly rule: string
  readonly says: string
}

export class Books {
  readonly #clients: ReadonlyMap<Service, pg.Client>

  private constructor(clients: ReadonlyMap<Service, pg.Client>) {
    this.#clients = clients
  }

  /**
   * @param home MESHMART_HOME of a running shop
   * @throws where it was never started, or its PostgreSQL does not answer
   */
  static async open(home: string): Promise<Books> {
    const clients = new Map<Service, pg.Client>()
    for (const service of SERVICES) clients.set(service, await connectAsSuperuser(home, service))
    return new Books(clients)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.end()))
  }

  async read<T extends object>(service: Service, sql: string): Promise<T[]> {
    const result = await this.#clients.get(service)!.query<T>(sql)
    return result.rows
  }

  /** What each rule finds now. */
  async findings(): Promise<Finding[]> {
    const findings: Finding[] = []
    for (const rule of rules) {
      findings.push({ rule, guilty: await rule.find((service, sql) => this.read<Guilty>(service, sql)) })
    }
    return findings
  }

  /** Everything that is wrong once work under way has had `patienceMs` to come to its end; empty is the proof. */
  async settled(patienceMs = 30_000): Promise<Violation[]> {
    return violationsOf(await this.settledFindings(patienceMs))
  }

  async settledFindings(patienceMs: number): Promise<Finding[]> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const findings = await this.findings()
      if (findings.every(({ guilty }) => guilty.length === 0) || Date.now() > deadline) return findings
      await sleep(250)
    }
  }
}

export function violationsOf(findings: readonly Finding[]): Violation[] {
  return findings.flatMap(({ rule: { name, says }, guilty }) =>
    guilty.map(({ id, value }) => ({ rule: name, says, id, value })),
  )
}
