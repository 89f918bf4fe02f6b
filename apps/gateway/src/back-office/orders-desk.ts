/** Orders of all customers, as orders tells them to staff. Who did something gets a name here, because the accounts are the gateway's. */
import {
  type Account,
  type ReturnRequest,
  ShopFigures,
  type StaffOrder,
  StaffOrderList,
  StoredStaffOrder,
} from '@meshmart/contracts'
import { Database, ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import { searchOf } from './query-text.ts'
import { staffHeader } from './staff-header.ts'

/** Orders waits for a decision up to 5 s. */
const ACTION_TIMEOUT_MS = 15_000

@Injectable()
export class OrdersDesk {
  readonly #orders: ServiceClient

  constructor(
    @Inject(UPSTREAMS) upstreams: Upstreams,
    private readonly database: Database,
  ) {
    this.#orders = new ServiceClient(upstreams.orders)
  }

  list(query: Record<string, string | number | undefined>): Promise<StaffOrderList> {
    return this.#orders.request('GET', `/v1/staff/orders?${searchOf(query)}`, { answer: StaffOrderList })
  }

  async find(id: string): Promise<StaffOrder> {
    return this.#named(await this.#orders.request('GET', `/v1/staff/orders/${id}`, { answer: StoredStaffOrder }))
  }

  /** @throws ProblemException `not-found`, or `wrong-state` where there is nothing to cancel or to retry */
  async act(id: string, action: 'cancel' | 'retry', staff: Account): Promise<StaffOrder> {
    const call = { headers: staffHeader(staff), answer: StoredStaffOrder, timeoutMs: ACTION_TIMEOUT_MS }
    return this.#named(await this.#orders.request('POST', `/v1/staff/orders/${id}/${action}`, call))
  }

  /** @throws ProblemException `wrong-state`, `return-exceeds-kept`, or `idempotency-key-reused` */
  async return(id: string, idempotencyKey: string, body: ReturnRequest, staff: Account): Promise<StaffOrder> {
    const headers = { ...staffHeader(staff), 'idempotency-key': idempotencyKey }
    const call = { body, headers, answer: StoredStaffOrder, timeoutMs: ACTION_TIMEOUT_MS }
    return this.#named(await this.#orders.request('POST', `/v1/staff/orders/${id}/returns`, call))
  }

  figures(query: { bucket: ShopFigures['bucket']; count: number }): Promise<ShopFigures> {
    return this.#orders.request('GET', `/v1/staff/figures?${searchOf(query)}`, { answer: ShopFigures })
  }

  async #named({ actions, ...rest }: StoredStaffOrder): Promise<StaffOrder> {
    const ids = [...new Set(actions.map(({ actor }) => actor.replace(/^account:/, '')))]
    const accounts =
      ids.length === 0
        ? []
        : await this.database.query<{ id: string; name: string }>`
            SELECT "id", "name" FROM "account" WHERE "id" = ANY(${ids}::uuid[])`
    const names = new Map(accounts.map(({ id, name }) => [`account:${id}`, name]))
    return {
      ...rest,
      actions: actions.map(({ actor, ...action }) => ({
        ...action,
        actor: { id: actor, name: names.get(actor) ?? null },
      })),
    }
  }
}
