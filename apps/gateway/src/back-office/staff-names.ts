/** Who of the staff did something, by name: the services behind the gateway know ids alone, because the accounts are the gateway's. */
import type { StaffName } from '@meshmart/contracts'
import { Database } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

@Injectable()
export class StaffNames {
  constructor(private readonly database: Database) {}

  /** The same entries with a name for each actor, null where the account is gone. */
  async of<T extends { readonly actor: string }>(
    entries: readonly T[],
  ): Promise<(Omit<T, 'actor'> & { actor: StaffName })[]> {
    const ids = [...new Set(entries.map(({ actor }) => actor.replace(/^account:/, '')))]
    const accounts =
      ids.length === 0
        ? []
        : await this.database.query<{ id: string; name: string }>`
            SELECT "id", "name" FROM "account" WHERE "id" = ANY(${ids}::uuid[])`
    const names = new Map(accounts.map(({ id, name }) => [`account:${id}`, name]))
    return entries.map(({ actor, ...entry }) => ({ ...entry, actor: { id: actor, name: names.get(actor) ?? null } }))
  }
}
