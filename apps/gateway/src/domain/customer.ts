/** Who buys: the one form in which the services behind the gateway know a person, header `x-customer-id`. */
export type CustomerId = `account:${string}` | `guest:${string}`

export const accountCustomer = (accountId: string): CustomerId => `account:${accountId}`
export const guestCustomer = (guestId: string): CustomerId => `guest:${guestId}`

/** The guest behind a customer id, or null for an account. */
export const guestIdOf = (customer: string): string | null =>
  customer.startsWith('guest:') ? customer.slice('guest:'.length) : null
