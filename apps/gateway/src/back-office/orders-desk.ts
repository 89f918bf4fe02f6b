/** Orders of all customers, as orders tells them to staff. */
import {
  type Account,
  type ReturnRequest,
  ShopFigures,
  type StaffOrder,
  StaffOrderList,
  StoredStaffOrder,
} from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import { searchOf } from './query-text.ts'
import { staffHeader } from './staff-header.ts'
import { StaffNames } from './staff-names.ts'

/** Orders waits for a decision up to 5 s. */
const ACTION_TIMEOUT_MS = 15_000

@Injectable()
export class OrdersDesk {
  readonly #orders: ServiceClient

  constructor(
    @Inject(UPSTREAMS) upstreams: Upstreams,
    private readonly names: StaffNames,
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
    return { ...rest, actions: await this.names.of(actions) }
  }
}
