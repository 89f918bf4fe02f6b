import { ProductEdit, Sku, type StaffProductPage, type StoredStaffProduct } from '@meshmart/contracts'
import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common'
import { type Editions, ProductEditing } from '../catalogue/product-editing.ts'
import { InventoryProductQuery } from '../catalogue/product-query.ts'
import { ProductSearch } from '../catalogue/product-search.ts'
import { IfMatch } from './if-match.ts'
import { StaffHeader } from './staff-header.ts'

/** All products, also those that are not for sale, and the one way to change them. */
@Controller('v1/staff/products')
export class StaffProductsController {
  constructor(
    private readonly search: ProductSearch,
    private readonly editing: ProductEditing,
  ) {}

  @Get()
  page(@Query({ schema: InventoryProductQuery }) query: InventoryProductQuery): Promise<StaffProductPage> {
    return this.search.staffPage(query)
  }

  @Get(':sku')
  product(@Param('sku', { schema: Sku }) sku: string): Promise<StoredStaffProduct> {
    return this.editing.find(sku)
  }

  @Put(':sku')
  edit(
    @StaffHeader() actor: string,
    @IfMatch() editions: Editions,
    @Param('sku', { schema: Sku }) sku: string,
    @Body({ schema: ProductEdit }) edit: ProductEdit,
  ): Promise<StoredStaffProduct> {
    return this.editing.edit(actor, sku, edit, editions)
  }
}
