/** How the services behind the gateway hear who of the staff acts. */
import type { Account } from '@meshmart/contracts'
import { accountCustomer } from '../domain/customer.ts'

export const staffHeader = ({ id }: Pick<Account, 'id'>): Record<string, string> => ({
  'x-staff-id': accountCustomer(id),
})
