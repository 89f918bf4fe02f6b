/** What the gateway may ask for. Every answer is about the customer in `x-customer-id` alone: another one's order is not there. */
import { OrderRequest, ReturnRequest, type Order, type OrderList } from '@meshmart/contracts'
import { IdempotencyKeyHeader, ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { CancelOrder } from '../checkout/cancel-order.ts'
import { PlaceOrder } from '../checkout/place-order.ts'
import { ReturnPieces } from '../checkout/return-pieces.ts'
import { CheckoutWorker } from '../checkout/worker.ts'
import { OrderStore } from '../persistence/order-store.ts'
import type { StoredOrder } from '../persistence/order-view.ts'
import { answerToCancelling, answerToLooking, answerToPlacing, answerToReturning, type Answer } from './answers.ts'
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
    private readonly worker: CheckoutWorker,
  ) {}

  @Post()
  async place(
    @Customer() customerId: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: OrderRequest }) request: OrderRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const stored = await this.placing.place({ customerId, idempotencyKey, request })
    return send(reply, answerToPlacing(stored, this.#lookInMs(stored)))
  }

  @Get()
  async list(@Customer() customerId: string, @Query({ schema: ListQuery }) query: ListQuery): Promise<OrderList> {
    const found = await this.orders.list(customerId, query.limit + 1, positionOf(query.cursor))
    const items = found.slice(0, query.limit).map(({ order }) => order)
    const last = items.at(-1)
    return { items, nextCursor: found.length > query.limit && last !== undefined ? cursorAfter(last) : null }
  }

  @Get(':id')
  async show(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const stored = await this.orders.find(customerId, id)
    if (stored === null) throw new ProblemException('not-found')
    return send(reply, answerToLooking(stored, this.#lookInMs(stored)))
  }

  @Post(':id/cancel')
  async cancel(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const stored = await this.cancelling.cancel(customerId, id)
    return send(reply, answerToCancelling(stored, this.#lookInMs(stored)))
  }

  @Post(':id/returns')
  async return(
    @Customer() customerId: string,
    @Param('id', { schema: OrderId }) orderId: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: ReturnRequest }) request: ReturnRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const asked = { customerId, orderId, idempotencyKey, request, staff: null }
    const { stored, returnId } = await this.returning.return(asked)
    return send(reply, answerToReturning(stored, returnId, this.#lookInMs(stored)))
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

  #lookInMs({ order }: StoredOrder): number {
    return this.worker.lookInMs(order, Date.now())
  }
}

function send(reply: FastifyReply, { status, headers, body }: Answer): Order {
  void reply.status(status).headers(headers)
  return body
}
