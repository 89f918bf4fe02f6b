/** Pieces of an order that go back. What a customer wants back is an order that they can read, so that is what every answer is. */
import { isSettledOrder, Order, ReturnRequest } from '@meshmart/contracts'
import { IdempotencyKeyHeader } from '@meshmart/service-kit'
import { Body, Controller, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common'
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { OrdersClient } from '../clients/orders.client.ts'
import { Answers } from '../openapi/answers.ts'
import { OwnOrders } from '../ordering/own-orders.ts'
import { Visitors } from '../sessions/visitors.ts'
import { sayThatItGoesOn } from './goes-on.ts'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from './problem-sets.ts'
import { OrderId } from './queries.ts'

@ApiTags('orders')
@Controller('api/v1/orders')
export class OrderReturnsController {
  constructor(
    private readonly own: OwnOrders,
    private readonly orders: OrdersClient,
    private readonly visitors: Visitors,
  ) {}

  @Post(':id/returns')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    summary: 'Give pieces of a confirmed order back, exactly once for each Idempotency-Key; what they cost is refunded',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'Chosen by the client, new for each return and the same for each try of it',
    schema: { type: 'string', minLength: 8, maxLength: 200 },
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/ReturnRequest' } })
  @Answers(
    [
      { status: 201, description: 'Money and goods are back; `returns` has it', schema: Order, location: true },
      {
        status: 202,
        description: 'It is taken and goes on; ask again',
        schema: Order,
        location: true,
        retryAfter: true,
      },
    ],
    [
      ...BODY_PROBLEMS,
      'not-signed-in',
      'invalid-session',
      'not-found',
      'wrong-state',
      'return-exceeds-kept',
      'idempotency-key-reused',
      ...UPSTREAM_PROBLEMS,
    ],
  )
  async returnPieces(
    @Param('id', { schema: OrderId }) id: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: ReturnRequest }) body: ReturnRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const session = await this.visitors.require(request, reply)
    const { caller } = await this.own.find(session, id, request.headers['accept-language'])
    const returned = await this.orders.giveBack(caller, id, idempotencyKey, body)
    const order = returned.body
    if (isSettledOrder(order)) void reply.status(201).header('location', `/api/v1/orders/${order.id}`)
    else sayThatItGoesOn(reply, returned)
    return order
  }
}
