import { Account } from '@meshmart/contracts'
import type { AccountModel } from '../generated/prisma/models.ts'

/** An account as the world may see it: without its password hash. */
export const accountOf = ({ id, email, name, role }: Pick<AccountModel, 'id' | 'email' | 'name' | 'role'>): Account =>
  Account.parse({ id, email, name, role })
