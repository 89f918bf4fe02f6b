/** What the gateway may ask for. Every answer is about the customer in `x-customer-id` alone: another one's order is not there. */
import { OrderRequest, ReturnRequest, type Order, type OrderList } from '@meshmart/contracts'
import { IdempotencyKeyHeader, ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { CancelOrder } from '../checkout/cancel-order.ts'
import { PlaceOrder } from '../checkout/place-order.ts'
import { ReturnPieces } from '../checkout/return-pieces.ts'
import { OrderStore } from '../persistence/order-store.ts'
import { answerToCancelling, answerToPlacing, answerToReturning, type Answer } from './answers.ts'
import { Customer } from './customer-id.ts'
import { cursorAfter, ListQuery, positionOf } from './list-query.ts'
import { OrderStreams } from './order-streams.ts'

const OrderId = z.uuid()

@Controller('v1/orders')
export class OrdersController {
  constructor(
    private readonly placing: PlaceOrder,
    private readonly cancelling: CancelOrder,
    private readonly returning: ReturnPieces,
    private readonly orders: OrderStore,
    private readonly streams: OrderStreams,
  ) {}

  @Post()
  async place(
    @Customer() customerId: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: OrderRequest }) request: OrderRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    return send(reply, answerToPlacing(await this.placing.place({ customerId, idempotencyKey, request })))
  }

  @Get()
  async list(@Customer() customerId: string, @Query({ schema: ListQuery }) query: ListQuery): Promise<OrderList> {
    const found = await this.orders.list(customerId, query.limit + 1, positionOf(query.cursor))
    const items = found.slice(0, query.limit).map(({ order }) => order)
    const last = items.at(-1)
    return { items, nextCursor: found.length > query.limit && last !== undefined ? cursorAfter(last) : null }
  }

  @Get(':id')
  async show(@Customer() customerId: string, @Param('id', { schema: OrderId }) id: string): Promise<Order> {
    const stored = await this.orders.find(customerId, id)
    if (stored === null) throw new ProblemException('not-found')
    return stored.order
  }

  @Post(':id/cancel')
  async cancel(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    return send(reply, answerToCancelling(await this.cancelling.cancel(customerId, id)))
  }

  @Post(':id/returns')
  async return(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) orderId: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: ReturnRequest }) request: ReturnRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const { stored, returnId } = await this.returning.return({ customerId, orderId, idempotencyKey, request })
    return send(reply, answerToReturning(stored, returnId))
  }

  @Get(':id/events')
  async events(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.streams.open(customerId, id)
    if (stream === null) throw new ProblemException('not-found')
    void reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(stream)
  }
}

function send(reply: FastifyReply, { status, headers, body }: Answer): Order {
  void reply.status(status).headers(headers)
  return body
}
