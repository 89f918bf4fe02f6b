/**
 * Deleting an account. What only this database has goes at once and in one transaction; what bookkeeping must keep stands in orders, and is made anonymous
 * there (ADR 23). Orders may be away, and an order of the account may still be on its way, so the wish is a row of its own that is worked on until nothing
 * is left to do: it survives a restart, and any replica may fulfil it.
 */
import { CLOCK, type Clock, Database, Log, Worker, type WorkerSignal } from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { OrdersClient } from '../clients/orders.client.ts'
import { accountCustomer, type CustomerId, guestCustomer } from '../domain/customer.ts'
import { lockAccount } from './profile.ts'

/** Longer than a purchase that began before the deletion can take to be stored. */
const SETTLING_MS = 60_000
const EVERY_MS = 30_000

interface ErasureRow {
  readonly customerId: CustomerId
  readonly requestedAt: Date
}

@Injectable()
export class Erasure implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker: Worker

  constructor(
    private readonly database: Database,
    private readonly orders: OrdersClient,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.#worker = new Worker('erasure', log, (signal) => this.#work(signal))
  }

  onApplicationBootstrap(): void {
    this.#worker.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker.stop()
  }

  /** Idempotent in effect. @throws ProblemException `invalid-session` where the account has been deleted already */
  async deleteAccount(accountId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lockAccount(tx, accountId)
      const claims = await tx.query<{ guestId: string }>`
        SELECT "guest_id" AS "guestId" FROM "guest_claim" WHERE "account_id" = ${accountId}::uuid`
      const customers = [accountCustomer(accountId), ...claims.map(({ guestId }) => guestCustomer(guestId))]
      await tx.execute`
        INSERT INTO "erasure" ("customer_id", "requested_at")
        SELECT "customer_id", ${this.clock.now()}::timestamptz FROM unnest(${customers}::text[]) AS "customer" ("customer_id")`
      await tx.execute`DELETE FROM "cart_line" WHERE "customer_id" = ANY(${customers}::text[])`
      // Sessions, addresses and claims go with it.
      await tx.execute`DELETE FROM "account" WHERE "id" = ${accountId}::uuid`
    })
    this.#worker.wake()
  }

  /** Asks orders once for every customer that is still to be made anonymous. */
  async sweep(): Promise<void> {
    const asked = await this.database.query<ErasureRow>`
      SELECT "customer_id" AS "customerId", "requested_at" AS "requestedAt" FROM "erasure" ORDER BY "requested_at"`
    for (const { customerId, requestedAt } of asked) {
      const { remaining } = await this.orders.erase(customerId)
      const settled = this.clock.now().getTime() - requestedAt.getTime() > SETTLING_MS
      if (remaining === 0 && settled)
        await this.database.execute`DELETE FROM "erasure" WHERE "customer_id" = ${customerId}`
    }
  }

  async #work(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) {
      try {
        await this.sweep()
      } catch (error) {
        this.log.warn('personal data of deleted accounts is still in orders; it is asked for again', { error })
      }
      await signal.sleep(EVERY_MS)
    }
  }
}
