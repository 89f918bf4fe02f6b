import { type Product, type ProductPage, Sku } from '@meshmart/contracts'
import { Controller, Get, Param, Query } from '@nestjs/common'
import { InventoryProductQuery } from '../catalogue/product-query.ts'
import { ProductSearch } from '../catalogue/product-search.ts'

/** The catalogue, for gateway and orders. */
@Controller('v1/products')
export class ProductsController {
  constructor(private readonly search: ProductSearch) {}

  @Get()
  page(@Query({ schema: InventoryProductQuery }) query: InventoryProductQuery): Promise<ProductPage> {
    return this.search.page(query)
  }

  @Get(':sku')
  product(@Param('sku', { schema: Sku }) sku: string): Promise<Product> {
    return this.search.product(sku)
  }
}
