/**
 * Leaves a verdict where the back office shows it: a table of the gateway's database that the gateway can read and cannot write. When the auditor looked and at how
 * much always stands beside what it found.
 */
import pg from 'pg'
import type { Violation } from './books.ts'

/** The rest is counted; whoever wants all of them runs `npm run audit -- --json FILE`. */
export const MOST_KEPT = 100

export interface Verdict {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly rules: number
  readonly orders: number
  readonly violations: readonly Violation[]
}

/** @param database connection string of the gateway's, as somebody who may write there */
export async function leaveVerdict(database: string, verdict: Verdict): Promise<void> {
  const { startedAt, endedAt, rules, orders, violations } = verdict
  const kept = violations.slice(0, MOST_KEPT).map(({ rule, says, id, value }) => ({ rule, says, id, value }))
  const gateway = new pg.Client({ connectionString: database })
  await gateway.connect()
  try {
    await gateway.query(
      `INSERT INTO audit_verdict (started_at, ended_at, rules, orders, violation_count, violations)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [startedAt, endedAt, rules, orders, violations.length, JSON.stringify(kept)],
    )
  } finally {
    await gateway.end()
  }
}
