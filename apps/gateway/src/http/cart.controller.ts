import { Cart, CartUpdate } from '@meshmart/contracts'
import { Body, Controller, Get, Header, Put, Req, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cartOf, Carts } from '../cart/carts.ts'
import { Answers } from '../openapi/answers.ts'
import { Visitors } from '../sessions/visitors.ts'
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
  @ApiOperation({ summary: 'The cart at the prices of this moment, without what is no longer sold' })
  @Answers({ status: 200, description: 'The cart', schema: Cart }, ['invalid-session', ...UPSTREAM_PROBLEMS])
  async getCart(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Cart> {
    const session = await this.visitors.find(request, reply)
    return session ? this.carts.read(session.customer) : cartOf([], new Map())
  }

  @Put()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Replace the content of the cart' })
  @ApiBody({ schema: { $ref: '#/components/schemas/CartUpdate' } })
  @Answers({ status: 200, description: 'The cart as it is now', schema: Cart }, [
    ...BODY_PROBLEMS,
    'invalid-session',
    'unknown-sku',
    ...UPSTREAM_PROBLEMS,
  ])
  async putCart(
    @Body({ schema: CartUpdate }) update: CartUpdate,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cart> {
    const known = await this.visitors.find(request, reply)
    const cart = await this.carts.preview(update.items)
    const session = known ?? (await this.visitors.begin(request, reply))
    await this.carts.replace(session.customer, update.items)
    return cart
  }
}
