/** The catalogue, which anybody may read: inventory needs no customer for it. */
import { type LocalizedText, Product, ProductPage, type ProductQuery, StaffProductPage } from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { UPSTREAMS, type Upstreams } from './upstreams.ts'

@Injectable()
export class InventoryClient {
  readonly #service: ServiceClient

  constructor(@Inject(UPSTREAMS) upstreams: Upstreams) {
    this.#service = new ServiceClient(upstreams.inventory)
  }

  products(query: Partial<ProductQuery>, timeoutMs?: number): Promise<ProductPage> {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
    const call = { answer: ProductPage, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    return this.#service.request('GET', `/v1/products?${parameters}`, call)
  }

  product(sku: string): Promise<Product> {
    return this.#service.request('GET', `/v1/products/${encodeURIComponent(sku)}`, { answer: Product })
  }

  /** Those that are sold, by SKU. */
  async productsBySku(skus: readonly string[]): Promise<Map<string, Product>> {
    if (skus.length === 0) return new Map()
    const page = await this.#service.request('GET', `/v1/products?skus=${listOf(skus)}`, { answer: ProductPage })
    return new Map(page.items.map((product) => [product.sku, product]))
  }

  /** What products are called, also those that are not sold any more, by SKU. */
  async namesBySku(skus: readonly string[]): Promise<Map<string, LocalizedText>> {
    if (skus.length === 0) return new Map()
    const path = `/v1/staff/products?skus=${listOf(skus)}`
    const page = await this.#service.request('GET', path, { answer: StaffProductPage })
    return new Map(page.items.map(({ sku, name }) => [sku, name]))
  }
}

const listOf = (skus: readonly string[]): string => skus.map(encodeURIComponent).join(',')
