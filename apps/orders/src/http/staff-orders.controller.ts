/** What the gateway may ask for on behalf of staff: any customer's order, and what may be done to it. It is the gateway that knows who is staff. */
import {
  MOST_BUCKETS,
  ProductQuery,
  ReturnRequest,
  StaffOrderFilter,
  type ShopFigures,
  type StaffOrderList,
  type StoredStaffOrder,
} from '@meshmart/contracts'
import { IdempotencyKeyHeader, ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import { z } from 'zod'
import { CancelOrder } from '../checkout/cancel-order.ts'
import { ReturnPieces } from '../checkout/return-pieces.ts'
import { readOrderSearch } from '../domain/order-search.ts'
import { Figures } from '../persistence/figures.ts'
import { StaffActions } from '../persistence/staff-actions.ts'
import { StaffOrderRows } from '../persistence/staff-order-rows.ts'
import { cursorAfter, positionOf } from './list-query.ts'
import { Staff } from './staff-id.ts'

const OrderId = z.uuid()

const StaffQuery = z.strictObject({
  state: StaffOrderFilter.optional(),
  search: z.string().min(1).max(254).optional(),
  limit: ProductQuery.shape.limit.unwrap().default(20),
  cursor: z.string().max(200).optional(),
})
type StaffQuery = z.infer<typeof StaffQuery>

const FigureQuery = z.strictObject({
  bucket: z.enum(['minute', 'hour']),
  count: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(MOST_BUCKETS)),
})
type FigureQuery = z.infer<typeof FigureQuery>

@Controller('v1/staff')
export class StaffOrdersController {
  constructor(
    private readonly rows: StaffOrderRows,
    private readonly actions: StaffActions,
    private readonly cancelling: CancelOrder,
    private readonly returning: ReturnPieces,
    private readonly shopFigures: Figures,
  ) {}

  @Get('orders')
  async list(@Query({ schema: StaffQuery }) { state, search, limit, cursor }: StaffQuery): Promise<StaffOrderList> {
    const wanted = search === undefined ? null : readOrderSearch(search)
    if (wanted === null && search !== undefined)
      throw new ProblemException('invalid-request', { errors: [{ field: 'search', code: 'format' }] })
    const after = positionOf(cursor)
    const found = await this.rows.list({ filter: state ?? null, search: wanted, limit: limit + 1, after })
    const items = found.slice(0, limit)
    const last = items.at(-1)
    return { items, nextCursor: found.length > limit && last !== undefined ? cursorAfter(last) : null }
  }

  @Get('orders/:id')
  async show(@Param('id', { schema: OrderId }) id: string): Promise<StoredStaffOrder> {
    const found = await this.rows.find(id)
    if (found === null) throw new ProblemException('not-found')
    return found
  }

  @Post('orders/:id/cancel')
  @HttpCode(200)
  async cancel(@Staff() actor: string, @Param('id', { schema: OrderId }) id: string): Promise<StoredStaffOrder> {
    await this.cancelling.cancel(await this.#customerOf(id), id, actor)
    return this.show(id)
  }

  /** Money and goods of some pieces go back, as the customer could ask for it, too. */
  @Post('orders/:id/returns')
  @HttpCode(200)
  async return(
    @Staff() staff: string,
    @Param('id', { schema: OrderId }) orderId: string,
    @IdempotencyKeyHeader() idempotencyKey: string,
    @Body({ schema: ReturnRequest }) request: ReturnRequest,
  ): Promise<StoredStaffOrder> {
    const customerId = await this.#customerOf(orderId)
    await this.returning.return({ customerId, orderId, idempotencyKey, request, staff })
    return this.show(orderId)
  }

  @Post('orders/:id/retry')
  @HttpCode(200)
  async retry(@Staff() actor: string, @Param('id', { schema: OrderId }) id: string): Promise<StoredStaffOrder> {
    const outcome = await this.actions.retry(id, actor)
    if (outcome !== 'due') throw new ProblemException(outcome)
    return this.show(id)
  }

  @Get('figures')
  figures(@Query({ schema: FigureQuery }) { bucket, count }: FigureQuery): Promise<ShopFigures> {
    return this.shopFigures.last(bucket, count)
  }

  async #customerOf(id: string): Promise<string> {
    const customerId = await this.rows.customerOf(id)
    if (customerId === null) throw new ProblemException('not-found')
    return customerId
  }
}
