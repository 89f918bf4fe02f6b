import { ProductQuery, type Transfer, type TransferList, TransferRequest, TransferState } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Transfers } from '../transfers/transfers.ts'
import { StaffHeader } from './staff-header.ts'

const TransferId = z.uuid()
const TransferQuery = z.strictObject({ limit: ProductQuery.shape.limit, state: TransferState.optional() })

/** Transfer orders, for staff. */
@Controller('v1/transfers')
export class TransfersController {
  constructor(private readonly transfers: Transfers) {}

  /** 201 for a new one, 200 where it was requested before. */
  @Post()
  async request(
    @StaffHeader() actor: string,
    @Body({ schema: TransferRequest }) body: TransferRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Transfer> {
    const { transfer, created } = await this.transfers.request(actor, body)
    reply.status(created ? 201 : 200)
    return transfer
  }

  @Get()
  async list(@Query({ schema: TransferQuery }) query: z.infer<typeof TransferQuery>): Promise<TransferList> {
    return { items: await this.transfers.list(query.state, query.limit) }
  }

  @Get(':id')
  async find(@Param('id', { schema: TransferId }) id: string): Promise<Transfer> {
    const transfer = await this.transfers.find(id)
    if (!transfer) throw new ProblemException('not-found')
    return transfer
  }

  @Post(':id/ship')
  @HttpCode(200)
  ship(@StaffHeader() _actor: string, @Param('id', { schema: TransferId }) id: string): Promise<Transfer> {
    return this.transfers.act(id, 'ship')
  }

  @Post(':id/receive')
  @HttpCode(200)
  receive(@StaffHeader() _actor: string, @Param('id', { schema: TransferId }) id: string): Promise<Transfer> {
    return this.transfers.act(id, 'receive')
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@StaffHeader() _actor: string, @Param('id', { schema: TransferId }) id: string): Promise<Transfer> {
    return this.transfers.act(id, 'cancel')
  }
}
