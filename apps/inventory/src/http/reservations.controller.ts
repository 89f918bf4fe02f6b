import { type Reservation, ReservationRequest } from '@meshmart/contracts'
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { ReserveStock } from '../reservation/reserve.ts'
import { SettleReservation } from '../reservation/settle.ts'

const ReservationId = z.uuid()

/** Holds on stock, for orders alone: the mesh lets nobody else in. */
@Controller('v1/reservations')
export class ReservationsController {
  constructor(
    private readonly stock: ReserveStock,
    private readonly settlement: SettleReservation,
  ) {}

  /** 201 for a new reservation, 200 where the order had it already. */
  @Post()
  async reserve(
    @Body({ schema: ReservationRequest }) request: ReservationRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Reservation> {
    const { reservation, created } = await this.stock.reserve(request)
    reply.status(created ? 201 : 200)
    return reservation
  }

  @Post(':id/confirm')
  @HttpCode(200)
  confirm(@Param('id', { schema: ReservationId }) id: string): Promise<Reservation> {
    return this.settlement.settle(id, 'confirm')
  }

  @Post(':id/release')
  @HttpCode(200)
  release(@Param('id', { schema: ReservationId }) id: string): Promise<Reservation> {
    return this.settlement.settle(id, 'release')
  }

  @Post(':id/return')
  @HttpCode(200)
  return(@Param('id', { schema: ReservationId }) id: string): Promise<Reservation> {
    return this.settlement.settle(id, 'return')
  }
}
