/** An order's states as they happen. The stream from orders is passed on as it comes: no faster than it is read, and no longer. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common'
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { OrdersClient } from '../clients/orders.client.ts'
import { Answers } from '../openapi/answers.ts'
import { OpenStreams } from '../ordering/open-streams.ts'
import { OwnOrders } from '../ordering/own-orders.ts'
import { Visitors } from '../sessions/visitors.ts'
import { UPSTREAM_PROBLEMS } from './problem-sets.ts'
import { OrderId } from './queries.ts'

@ApiTags('orders')
@Controller('api/v1/orders')
export class OrderEventsController {
  constructor(
    private readonly own: OwnOrders,
    private readonly orders: OrdersClient,
    private readonly visitors: Visitors,
    private readonly streams: OpenStreams,
  ) {}

  @Get(':id/events')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'Server-Sent Events `order` with the order at each transition; ends at a final state' })
  @Answers({ status: 200, description: 'The present state, then each next one', contentType: 'text/event-stream' }, [
    'not-signed-in',
    'invalid-session',
    'not-found',
    ...UPSTREAM_PROBLEMS,
  ])
  async streamOrder(
    @Param('id', { schema: OrderId }) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const session = await this.visitors.require(request, reply)
    const { caller } = await this.own.find(session, id, request.headers['accept-language'])
    const stream = await this.orders.events(caller, id, this.streams.until(reply))
    // The reader comes back by itself (EventSource), so a stream that breaks at our side just ends.
    stream.once('error', () => reply.raw.destroy())
    void reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream)
  }
}
