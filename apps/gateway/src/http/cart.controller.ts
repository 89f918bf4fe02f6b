import { Cart, CartUpdate } from '@meshmart/contracts'
import { Body, Controller, Get, Header, Put, Req, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Carts } from '../cart/carts.ts'
import { entityTagOf, type Precondition } from '../domain/entity-tag.ts'
import { Answers } from '../openapi/answers.ts'
import { Visitors } from '../sessions/visitors.ts'
import { ApiIfMatch, IfMatch } from './if-match.ts'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from './problem-sets.ts'

@ApiTags('cart')
@Controller('api/v1/cart')
export class CartController {
  constructor(
    private readonly carts: Carts,
    private readonly visitors: Visitors,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'The cart at the prices of this moment; what is no longer sold stands apart, in `gone`',
    description: 'The `ETag` stands for what is in the cart and how many of it: prices and stock change by themselves.',
  })
  @Answers({ status: 200, description: 'The cart', schema: Cart, entityTag: true }, [
    'invalid-session',
    ...UPSTREAM_PROBLEMS,
  ])
  async getCart(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Cart> {
    const session = await this.visitors.find(request, reply)
    const { cart, items } = await this.carts.read(session?.customer ?? null)
    void reply.header('etag', entityTagOf(items))
    return cart
  }

  @Put()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Replace the content of the cart' })
  @ApiIfMatch()
  @ApiBody({ schema: { $ref: '#/components/schemas/CartUpdate' } })
  @Answers({ status: 200, description: 'The cart as it is now', schema: Cart, entityTag: true }, [
    ...BODY_PROBLEMS,
    'invalid-session',
    'unknown-sku',
    'precondition-failed',
    ...UPSTREAM_PROBLEMS,
  ])
  async putCart(
    @Body({ schema: CartUpdate }) update: CartUpdate,
    @IfMatch() precondition: Precondition | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cart> {
    const known = await this.visitors.find(request, reply)
    const cart = await this.carts.preview(update.items)
    const session = known ?? (await this.visitors.begin(request, reply))
    await this.carts.replace(session.customer, update.items, precondition)
    void reply.header('etag', entityTagOf(update.items))
    return cart
  }
}
