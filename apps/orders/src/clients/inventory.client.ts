/** Inventory as orders needs it. Reserving and ending are idempotent by the order, confirming by the reservation and taking back by the return, so each may be repeated. */
import {
  ProductPage,
  Reservation,
  type Product,
  type ReservationEnd,
  type ReservationReturn,
} from '@meshmart/contracts'
import type { ServiceClient } from '@meshmart/service-kit'
import { KnownSkus } from '../domain/known-skus.ts'
import { unpriced, type OrderedItem, type PricedLine } from '../domain/lines.ts'

export class InventoryClient {
  readonly #service: ServiceClient
  readonly #known = new KnownSkus()
  constructor(service: ServiceClient) {
    this.#service = service
  }

  /** Holds stock for an order, or answers the reservation that it already has. ProblemException `sold-out` or `unknown-sku`, with errors by `lines.N`. */
  reserve(orderId: string, items: readonly OrderedItem[], timeoutMs: number): Promise<Reservation> {
    const lines = items.map(({ sku, quantity }) => ({ sku, quantity }))
    return this.#service.request('POST', '/v1/reservations', {
      body: { orderId, lines },
      answer: Reservation,
      timeoutMs,
    })
  }

  confirm(reservationId: string, timeoutMs: number): Promise<Reservation> {
    return this.#service.request('POST', `/v1/reservations/${reservationId}/confirm`, {
      answer: Reservation,
      timeoutMs,
    })
  }

  /** What the order holds or has bought goes back, and whatever it asked for before and arrives later is refused. */
  end(orderId: string, timeoutMs: number): Promise<Reservation> {
    const body: ReservationEnd = { orderId }
    return this.#service.request('POST', '/v1/reservations/ends', { body, answer: Reservation, timeoutMs })
  }

  /** Some of what was sold comes back, once for each id of a return. */
  takeBack(reservationId: string, body: ReservationReturn, timeoutMs: number): Promise<Reservation> {
    return this.#service.request('POST', `/v1/reservations/${reservationId}/returns`, {
      body,
      answer: Reservation,
      timeoutMs,
    })
  }

  /** Names and present prices of items that could not be reserved; a SKU that is no product keeps its SKU as its name. */
  async describe(items: readonly OrderedItem[], timeoutMs: number): Promise<PricedLine[]> {
    const products = await this.#products(items, timeoutMs)
    return items.map((item) => {
      const product = products.get(item.sku)
      return product === undefined ? unpriced(item) : { ...item, name: product.name, unitPrice: product.price }
    })
  }

  /** The positions of the items whose SKU is no product. What was a product a moment ago still is one: only what is new is asked for. */
  async unknownAmong(items: readonly OrderedItem[], timeoutMs: number): Promise<number[]> {
    const now = performance.now()
    const strange = items.filter(({ sku }) => !this.#known.has(sku, now))
    if (strange.length === 0) return []
    const products = await this.#products(strange, timeoutMs)
    for (const sku of products.keys()) this.#known.add(sku, now)
    return items.flatMap(({ sku }, position) => (this.#known.has(sku, now) ? [] : [position]))
  }

  async #products(items: readonly OrderedItem[], timeoutMs: number): Promise<Map<string, Product>> {
    const skus = items.map(({ sku }) => encodeURIComponent(sku)).join(',')
    const page = await this.#service.request('GET', `/v1/products?skus=${skus}`, { answer: ProductPage, timeoutMs })
    return new Map(page.items.map((product) => [product.sku, product]))
  }
}
