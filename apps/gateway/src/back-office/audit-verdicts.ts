/** What the auditor said last. It writes its verdicts itself, as the superuser of the books; the gateway's role can only read them. */
import { Database } from '@meshmart/service-kit'
import { LastAudit } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'

@Injectable()
export class AuditVerdicts {
  constructor(private readonly database: Database) {}

  async last(): Promise<LastAudit> {
    const row = await this.database.auditVerdict.findFirst({ orderBy: { seq: 'desc' } })
    if (row === null) return { verdict: null }
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
