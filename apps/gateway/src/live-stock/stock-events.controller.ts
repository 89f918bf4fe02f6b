/** What is left of the products that somebody looks at, as it changes. The same for everybody: no session is read or made. */
import { MOST_FOLLOWED, Sku } from '@meshmart/contracts'
import { Controller, Get, Query, Req, Res } from '@nestjs/common'
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { clientAddress } from '../http/client-address.ts'
import { UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { Answers } from '../openapi/answers.ts'
import { OpenStreams } from '../ordering/open-streams.ts'
import { StockStreams } from './stock-streams.ts'

const StockQuery = z.strictObject({
  skus: z
    .string()
    .max(MOST_FOLLOWED * 41)
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(Sku).min(1).max(MOST_FOLLOWED)),
})
type StockQuery = z.infer<typeof StockQuery>

@ApiTags('catalogue')
@Controller('api/v1/stock')
export class StockEventsController {
  constructor(
    private readonly stock: StockStreams,
    private readonly streams: OpenStreams,
  ) {}

  @Get('events')
  @ApiQuery({ name: 'skus', schema: { type: 'string', example: 'MUG-DAWN,PEN-BLUE' } })
  @ApiOperation({ summary: 'Server-Sent Events `stock` with what is left of these products, now and at each change' })
  @Answers({ status: 200, description: 'What is left now, then each change', contentType: 'text/event-stream' }, [
    'invalid-request',
    'too-many-requests',
    ...UPSTREAM_PROBLEMS,
  ])
  async streamStock(
    @Query({ schema: StockQuery }) { skus }: StockQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.stock.open(skus, clientAddress(request), this.streams.until(reply))
    void reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream)
  }
}
