import {
  ProductQuery,
  type Replenishment,
  type ReplenishmentList,
  ReplenishmentRequest,
  ReplenishmentState,
  type StockTake,
  StockTakeRequest,
  type StockWarningList,
} from '@meshmart/contracts'
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Replenishments } from '../replenishment/replenishments.ts'
import { StockTakes } from '../stock/stock-takes.ts'
import { Warnings } from '../warnings/warnings.ts'
import { StaffHeader } from './staff-header.ts'

const Id = z.uuid()
const ListQuery = z.strictObject({ limit: ProductQuery.shape.limit, state: ReplenishmentState.optional() })
const WarningQuery = z.strictObject({
  limit: ProductQuery.shape.limit,
  open: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
})

/** What staff do about stock that runs out or does not agree with the shelf. */
@Controller('v1')
export class SupplyController {
  constructor(
    private readonly replenishments: Replenishments,
    private readonly takes: StockTakes,
    private readonly warnings: Warnings,
  ) {}

  @Get('stock-warnings')
  list(@Query({ schema: WarningQuery }) { open, limit }: z.infer<typeof WarningQuery>): Promise<StockWarningList> {
    return this.warnings.list(open, limit)
  }

  @Post('stock-takes')
  @HttpCode(200)
  take(@StaffHeader() actor: string, @Body({ schema: StockTakeRequest }) body: StockTakeRequest): Promise<StockTake> {
    return this.takes.book(actor, body)
  }

  /** 201 for a new one, 200 where it was ordered before. */
  @Post('replenishments')
  async order(
    @StaffHeader() actor: string,
    @Body({ schema: ReplenishmentRequest }) body: ReplenishmentRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Replenishment> {
    const { replenishment, created } = await this.replenishments.order(actor, body)
    reply.status(created ? 201 : 200)
    return replenishment
  }

  @Get('replenishments')
  async orders(@Query({ schema: ListQuery }) query: z.infer<typeof ListQuery>): Promise<ReplenishmentList> {
    return { items: await this.replenishments.list(query.state, query.limit) }
  }

  @Post('replenishments/:id/arrive')
  @HttpCode(200)
  arrive(@StaffHeader() _actor: string, @Param('id', { schema: Id }) id: string): Promise<Replenishment> {
    return this.replenishments.act(id, 'arrive')
  }

  @Post('replenishments/:id/cancel')
  @HttpCode(200)
  cancel(@StaffHeader() _actor: string, @Param('id', { schema: Id }) id: string): Promise<Replenishment> {
    return this.replenishments.act(id, 'cancel')
  }
}
