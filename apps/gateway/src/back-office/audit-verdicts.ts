/** What the auditor said last. It writes its verdicts itself, as the superuser of the books; the gateway's role can only read them. */
import { Database } from '@meshmart/service-kit'
import { LastAudit } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'

interface VerdictRow {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly rules: number
  readonly orders: bigint
  readonly violationCount: number
  readonly violations: unknown
}

@Injectable()
export class AuditVerdicts {
  constructor(private readonly database: Database) {}

  async last(): Promise<LastAudit> {
    const [row] = await this.database.query<VerdictRow>`
      SELECT "started_at" AS "startedAt", "ended_at" AS "endedAt", "rules", "orders", "violation_count" AS "violationCount", "violations"
      FROM "audit_verdict" ORDER BY "seq" DESC LIMIT 1`
    if (row === undefined) return { verdict: null }
    const { startedAt, endedAt, rules, orders, violationCount, violations } = row
    return LastAudit.parse({
      verdict: {
        startedAt: startedAt.toISOString(),
        endedAt: endedAt.toISOString(),
        rules,
        orders: Number(orders),
        violationCount,
        violations,
      },
    })
  }
}
