import { Category, ProductEdit, Sku, StaffProduct, StaffProductPage } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, Header, Param, Put, Query, Res } from '@nestjs/common'
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import type { Precondition } from '../domain/entity-tag.ts'
import { IfMatch } from '../http/if-match.ts'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { ApiPage } from '../http/queries.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { OFFICE_PROBLEMS } from './office-problems.ts'
import { ApiChoice, StaffProductQuery } from './office-queries.ts'
import { ProductsDesk } from './products-desk.ts'

const ApiSku = () => ApiParam({ name: 'sku', schema: { type: 'string', example: 'MUG-DAWN' } })
const PRODUCT_PROBLEMS = [...OFFICE_PROBLEMS, 'invalid-request', 'not-found', ...UPSTREAM_PROBLEMS] as const

/** What the shop says of its products, what they cost, and whether they are for sale. */
@ApiTags('back office')
@Controller('api/v1/admin/products')
@RequireAccount('staff', 'admin')
export class StaffProductsController {
  constructor(private readonly desk: ProductsDesk) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Search all products, also those that are not for sale' })
  @ApiQuery({ name: 'query', required: false, schema: { type: 'string', maxLength: 100 } })
  @ApiChoice('category', Category.options)
  @ApiPage()
  @Answers({ status: 200, description: 'One page of products', schema: StaffProductPage }, [
    ...OFFICE_PROBLEMS,
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  findProducts(@Query({ schema: StaffProductQuery }) query: StaffProductQuery): Promise<StaffProductPage> {
    return this.desk.list(query)
  }

  @Get(':sku')
  @Header('cache-control', 'no-store')
  @ApiSku()
  @ApiOperation({ summary: 'One product, with who has changed what of it' })
  @Answers({ status: 200, description: 'The product', schema: StaffProduct, entityTag: true }, PRODUCT_PROBLEMS)
  async inspectProduct(
    @Param('sku', { schema: Sku }) sku: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StaffProduct> {
    return tagged(reply, await this.desk.find(sku))
  }

  @Put(':sku')
  @Header('cache-control', 'no-store')
  @ApiSku()
  @ApiOperation({ summary: 'Change what the shop says of a product, what it costs, and whether it is for sale' })
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The `ETag` of what you have read: nothing is changed where it is no longer that (412)',
    schema: { type: 'string' },
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/ProductEdit' } })
  @Answers({ status: 200, description: 'The product as it is now', schema: StaffProduct, entityTag: true }, [
    ...BODY_PROBLEMS,
    ...PRODUCT_PROBLEMS,
    'precondition-failed',
    'precondition-required',
  ])
  async putProduct(
    @Param('sku', { schema: Sku }) sku: string,
    @Body({ schema: ProductEdit }) edit: ProductEdit,
    @IfMatch() precondition: Precondition | undefined,
    @SignedIn() { account }: SignedInSession,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StaffProduct> {
    if (precondition === undefined) throw new ProblemException('precondition-required')
    return tagged(reply, await this.desk.edit(account, sku, edit, precondition))
  }
}

function tagged(reply: FastifyReply, product: StaffProduct): StaffProduct {
  void reply.header('etag', `"${product.version}"`)
  return product
}
