/** Stock as inventory tells it to staff, and what staff may do with it; whatever changes something says who does it. */
import {
  type Account,
  Replenishment,
  ReplenishmentList,
  type ReplenishmentRequest,
  StockMovementPage,
  StockOfProduct,
  StockTake,
  type StockTakeRequest,
  StockWarningList,
  Transfer,
  TransferList,
  type TransferRequest,
} from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { z } from 'zod'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import { searchOf } from './query-text.ts'
import { staffHeader } from './staff-header.ts'

type Query = Readonly<Record<string, string | number | boolean | undefined>>

@Injectable()
export class StockDesk {
  readonly #inventory: ServiceClient

  constructor(@Inject(UPSTREAMS) upstreams: Upstreams) {
    this.#inventory = new ServiceClient(upstreams.inventory)
  }

  stock(sku: string): Promise<StockOfProduct> {
    return this.#read(`stock/${encodeURIComponent(sku)}`, {}, StockOfProduct)
  }

  movements(sku: string, query: Query): Promise<StockMovementPage> {
    return this.#read(`stock/${encodeURIComponent(sku)}/movements`, query, StockMovementPage)
  }

  warnings(query: Query): Promise<StockWarningList> {
    return this.#read('stock-warnings', query, StockWarningList)
  }

  transfers(query: Query): Promise<TransferList> {
    return this.#read('transfers', query, TransferList)
  }

  replenishments(query: Query): Promise<ReplenishmentList> {
    return this.#read('replenishments', query, ReplenishmentList)
  }

  requestTransfer(staff: Account, body: TransferRequest): Promise<Transfer> {
    return this.#change(staff, 'transfers', Transfer, body)
  }

  moveTransfer(staff: Account, id: string, action: 'ship' | 'receive' | 'cancel'): Promise<Transfer> {
    return this.#change(staff, `transfers/${id}/${action}`, Transfer)
  }

  orderReplenishment(staff: Account, body: ReplenishmentRequest): Promise<Replenishment> {
    return this.#change(staff, 'replenishments', Replenishment, body)
  }

  endReplenishment(staff: Account, id: string, action: 'arrive' | 'cancel'): Promise<Replenishment> {
    return this.#change(staff, `replenishments/${id}/${action}`, Replenishment)
  }

  bookStockTake(staff: Account, body: StockTakeRequest): Promise<StockTake> {
    return this.#change(staff, 'stock-takes', StockTake, body)
  }

  #read<T extends z.ZodType>(path: string, query: Query, answer: T): Promise<z.infer<T>> {
    return this.#inventory.request('GET', `/v1/${path}?${searchOf(query)}`, { answer })
  }

  #change<T extends z.ZodType>(staff: Account, path: string, answer: T, body?: object): Promise<z.infer<T>> {
    return this.#inventory.request('POST', `/v1/${path}`, { body, headers: staffHeader(staff), answer })
  }
}
