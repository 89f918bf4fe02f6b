/** Products as inventory tells them to staff, withdrawn ones too, and the one way to change what the shop says of them. */
import {
  type Account,
  type ProductEdit,
  type StaffProduct,
  StaffProductPage,
  StoredStaffProduct,
} from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { Catalogue } from '../catalogue/catalogue.ts'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import type { Precondition } from '../domain/entity-tag.ts'
import { searchOf } from './query-text.ts'
import { staffHeader } from './staff-header.ts'
import { StaffNames } from './staff-names.ts'

@Injectable()
export class ProductsDesk {
  readonly #inventory: ServiceClient

  constructor(
    @Inject(UPSTREAMS) upstreams: Upstreams,
    private readonly catalogue: Catalogue,
    private readonly names: StaffNames,
  ) {
    this.#inventory = new ServiceClient(upstreams.inventory)
  }

  list(query: Record<string, string | number | undefined>): Promise<StaffProductPage> {
    return this.#inventory.request('GET', `/v1/staff/products?${searchOf(query)}`, { answer: StaffProductPage })
  }

  /** @throws ProblemException `not-found` */
  async find(sku: string): Promise<StaffProduct> {
    return this.#named(await this.#inventory.request('GET', pathOf(sku), { answer: StoredStaffProduct }))
  }

  /** @throws ProblemException `not-found`, or `precondition-failed` where somebody else was faster */
  async edit(staff: Account, sku: string, edit: ProductEdit, precondition: Precondition): Promise<StaffProduct> {
    const tags = precondition === '*' ? '*' : precondition.join(', ')
    const headers = { ...staffHeader(staff), 'if-match': tags }
    const edited = await this.#inventory.request('PUT', pathOf(sku), {
      body: edit,
      headers,
      answer: StoredStaffProduct,
    })
    this.catalogue.forget()
    return this.#named(edited)
  }

  async #named({ edits, ...product }: StoredStaffProduct): Promise<StaffProduct> {
    return { ...product, edits: await this.names.of(edits) }
  }
}

const pathOf = (sku: string): string => `/v1/staff/products/${encodeURIComponent(sku)}`
