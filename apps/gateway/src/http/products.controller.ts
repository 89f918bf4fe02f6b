import { Category, Product, ProductPage, ProductQuery, Sku } from '@meshmart/contracts'
import { Controller, Get, Header, Param, Query } from '@nestjs/common'
import { ApiOperation, ApiQuery, ApiTags, ApiParam } from '@nestjs/swagger'
import { InventoryClient } from '../clients/inventory.client.ts'
import { Answers } from '../openapi/answers.ts'
import { UPSTREAM_PROBLEMS } from './problem-sets.ts'
import { ApiPage } from './queries.ts'

/** The catalogue. It is the same for everybody: no session is read or made. */
@ApiTags('catalogue')
@Controller('api/v1/products')
export class ProductsController {
  constructor(private readonly inventory: InventoryClient) {}

  @Get()
  @Header('cache-control', 'no-cache')
  @ApiOperation({ summary: 'Search the catalogue' })
  @ApiQuery({ name: 'query', required: false, schema: { type: 'string', maxLength: 100 } })
  @ApiQuery({ name: 'category', required: false, schema: { type: 'string', enum: [...Category.options] } })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of products', schema: ProductPage }, [
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  listProducts(@Query({ schema: ProductQuery }) query: ProductQuery): Promise<ProductPage> {
    return this.inventory.products(query)
  }

  @Get(':sku')
  @Header('cache-control', 'no-cache')
  @ApiOperation({ summary: 'One product, with what is left of it now' })
  @ApiParam({ name: 'sku', schema: { type: 'string', example: 'MUG-DAWN' } })
  @Answers({ status: 200, description: 'The product', schema: Product }, ['not-found', ...UPSTREAM_PROBLEMS])
  getProduct(@Param('sku', { schema: Sku }) sku: string): Promise<Product> {
    return this.inventory.product(sku)
  }
}
