/**
 * Takes a person out of their orders. What bookkeeping needs stays: what was sold, for how much, to which country, when and what became of it. E-mail and
 * address are replaced, also in the outbox's copies, and the fingerprint that was made of them too; an order that is still on its way keeps them until it is settled, because it still has to arrive.
 */
import { Database } from '@meshmart/service-kit'
import { isFinalOrderState, orderStates } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'

/** RFC 2606 keeps `.invalid` for addresses that never exist. */
export const ERASED_EMAIL = 'erased@erased.invalid'
const ERASED = 'erased'
const SETTLED = orderStates.filter(isFinalOrderState)

@Injectable()
export class ErasureStore {
  constructor(private readonly database: Database) {}

  /** Idempotent. @returns how many orders of the customer are not settled yet */
  async erase(customerId: string): Promise<number> {
    const address = JSON.stringify({ name: ERASED, line1: ERASED, postalCode: ERASED, city: ERASED })
    return this.database.transaction(async (tx) => {
      await tx.execute`
        UPDATE orders
        SET email = ${ERASED_EMAIL}, fingerprint = repeat('0', 64),
            shipping_address = ${address}::jsonb || jsonb_build_object('country', shipping_address -> 'country')
        WHERE customer_id = ${customerId} AND state = ANY (${SETTLED}) AND email <> ${ERASED_EMAIL}`
      // What is not published yet goes out as it happened; the next call finds it.
      await tx.execute`
        UPDATE outbox SET data = data || jsonb_build_object('email', ${ERASED_EMAIL}::text)
        WHERE published_at IS NOT NULL AND data ->> 'email' <> ${ERASED_EMAIL}
          AND subject IN (SELECT id::text FROM orders WHERE customer_id = ${customerId})`
      const [open] = await tx.query<{ count: number }>`
        SELECT count(*)::int AS count FROM orders WHERE customer_id = ${customerId} AND state <> ALL (${SETTLED})`
      return open!.count
    })
  }
}
