import { Category, Product, ProductPage, ProductQuery, Sku } from '@meshmart/contracts'
import { Controller, Get, Header, Param, Query } from '@nestjs/common'
import { ApiOperation, ApiQuery, ApiTags, ApiParam } from '@nestjs/swagger'
import { Catalogue } from '../catalogue/catalogue.ts'
import { Answers } from '../openapi/answers.ts'
import { UPSTREAM_PROBLEMS } from './problem-sets.ts'
import { ApiPage } from './queries.ts'

/** The catalogue. It is the same for everybody: no session is read or made. */
@ApiTags('catalogue')
@Controller('api/v1/products')
export class ProductsController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get()
  @Header('cache-control', 'no-cache')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Search the catalogue' })
  @ApiQuery({ name: 'query', required: false, schema: { type: 'string', maxLength: 100 } })
  @ApiQuery({ name: 'category', required: false, schema: { type: 'string', enum: [...Category.options] } })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of products', schema: ProductPage }, [
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  listProducts(@Query({ schema: ProductQuery }) query: ProductQuery): Promise<string> {
    return this.catalogue.page(query)
  }

  @Get(':sku')
  @Header('cache-control', 'no-cache')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'One product, with what is left of it now' })
  @ApiParam({ name: 'sku', schema: { type: 'string', example: 'MUG-DAWN' } })
  @Answers({ status: 200, description: 'The product', schema: Product }, ['not-found', ...UPSTREAM_PROBLEMS])
  getProduct(@Param('sku', { schema: Sku }) sku: string): Promise<string> {
    return this.catalogue.product(sku)
  }
}
