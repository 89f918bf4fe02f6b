import { Account } from '@meshmart/contracts'
import { sql } from '@meshmart/service-kit'

export interface AccountRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string
}

/** The columns of an AccountRow. */
export const accountColumns = sql`"id", "email", "name", "role"`

/** An account as the world may see it: without its password hash. */
export const accountOf = ({ id, email, name, role }: AccountRow): Account => Account.parse({ id, email, name, role })
