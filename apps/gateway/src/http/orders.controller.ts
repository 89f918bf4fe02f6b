import { isFinalOrderState, Journey, Order, OrderList, OrderRequest } from '@meshmart/contracts'
import { IdempotencyKeyHeader } from '@meshmart/service-kit'
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common'
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Catalogue } from '../catalogue/catalogue.ts'
import { OrdersClient } from '../clients/orders.client.ts'
import { Answers } from '../openapi/answers.ts'
import { Journeys } from '../ordering/journeys.ts'
import { OwnOrders } from '../ordering/own-orders.ts'
import { PlaceOrder } from '../ordering/place-order.ts'
import { Visitors } from '../sessions/visitors.ts'
import { sayThatItGoesOn, sayWhenToLook } from './goes-on.ts'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from './problem-sets.ts'
import { ApiPage, OrderId, OrderQuery } from './queries.ts'

const ORDER_PROBLEMS = ['not-signed-in', 'invalid-session', 'not-found', ...UPSTREAM_PROBLEMS] as const
const ApiOrderId = () => ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })

@ApiTags('orders')
@Controller('api/v1/orders')
export class OrdersController {
  constructor(
    private readonly placing: PlaceOrder,
    private readonly own: OwnOrders,
    private readonly orders: OrdersClient,
    private readonly catalogue: Catalogue,
    private readonly journeys: Journeys,
    private readonly visitors: Visitors,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Buy, exactly once for each Idempotency-Key' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'Chosen by the client, new for each purchase and the same for each try of it',
    schema: { type: 'string', minLength: 8, maxLength: 200 },
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/OrderRequest' } })
  @Answers(
    [
      { status: 201, description: 'The order is confirmed and paid', schema: Order },
      {
        status: 202,
        description: 'Not decided within 5 seconds, or many are before it; it goes on',
        schema: Order,
        location: true,
        retryAfter: true,
      },
    ],
    [
      ...BODY_PROBLEMS,
      'invalid-session',
      'payment-declined',
      'sold-out',
      'price-changed',
      'request-in-progress',
      'too-busy',
      'unknown-sku',
      'card-expired',
      'idempotency-key-reused',
      ...UPSTREAM_PROBLEMS,
    ],
  )
  async placeOrder(
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: OrderRequest }) body: OrderRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const session = await this.visitors.find(request, reply)
    const { placed, begun } = await this.placing.place(session, { idempotencyKey, body, language: languageOf(request) })
    if (begun) this.visitors.remember(begun, request, reply)
    if (!isFinalOrderState(placed.body.state)) sayThatItGoesOn(reply, placed)
    return placed.body
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your own orders, newest first' })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of orders', schema: OrderList }, [
    'invalid-request',
    'not-signed-in',
    'invalid-session',
    ...UPSTREAM_PROBLEMS,
  ])
  async listOrders(
    @Query({ schema: OrderQuery }) query: OrderQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderList> {
    return this.own.list(await this.visitors.require(request, reply), query, languageOf(request))
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'One of your orders' })
  @Answers({ status: 200, description: 'The order', schema: Order, retryAfter: true }, ORDER_PROBLEMS)
  async getOrder(
    @Param('id', { schema: OrderId }) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const session = await this.visitors.require(request, reply)
    const { found } = await this.own.find(session, id, languageOf(request))
    sayWhenToLook(reply, found)
    return found.body
  }

  @Get(':id/journey')
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'How the request that placed the order travelled through the mesh' })
  @Answers({ status: 200, description: 'Every call, in order of nesting', schema: Journey }, ORDER_PROBLEMS)
  async getJourney(
    @Param('id', { schema: OrderId }) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Journey> {
    const session = await this.visitors.require(request, reply)
    return this.journeys.of((await this.own.find(session, id, languageOf(request))).found.body)
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOrderId()
  @ApiOperation({ summary: 'Cancel an order; what was paid is refunded, what was taken is put back' })
  @Answers(
    [
      { status: 200, description: 'The order is cancelled', schema: Order },
      { status: 202, description: 'It is being undone; ask again', schema: Order, location: true, retryAfter: true },
    ],
    ['not-allowed', 'wrong-state', ...ORDER_PROBLEMS],
  )
  async cancelOrder(
    @Param('id', { schema: OrderId }) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const session = await this.visitors.require(request, reply)
    const { caller } = await this.own.find(session, id, languageOf(request))
    const cancelled = await this.orders.cancel(caller, id)
    this.catalogue.forget()
    if (!isFinalOrderState(cancelled.body.state)) sayThatItGoesOn(reply, cancelled)
    return cancelled.body
  }
}

const languageOf = (request: FastifyRequest): string | undefined => request.headers['accept-language']
