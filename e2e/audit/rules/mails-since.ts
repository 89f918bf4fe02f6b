/** Before there were e-mails about orders nobody had to hear of a rejected one: what a shop has kept from then is judged by what was asked of it then. */
import type { Query } from '../rule.ts'

/** When this shop began to send e-mails about orders, as PostgreSQL writes it; null for one that does not. */
export async function mailsSince(query: Query): Promise<string | null> {
  const [began] = await query(
    'gateway',
    `SELECT migration_name AS id, finished_at::text AS value FROM _prisma_migrations WHERE migration_name LIKE '%\\_mail'`,
  )
  return began?.value ?? null
}
