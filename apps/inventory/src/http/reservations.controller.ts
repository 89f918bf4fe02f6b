import { type Reservation, ReservationEnd, ReservationRequest, ReservationReturn } from '@meshmart/contracts'
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { EndReservation } from '../reservation/end-reservation.ts'
import { ReserveStock } from '../reservation/reserve.ts'
import { SettleReservation } from '../reservation/settle.ts'
import { TakeBack } from '../reservation/take-back.ts'

const ReservationId = z.uuid()

/** Holds on stock, for orders alone: the mesh lets nobody else in. */
@Controller('v1/reservations')
export class ReservationsController {
  constructor(
    private readonly stock: ReserveStock,
    private readonly settlement: SettleReservation,
    private readonly ends: EndReservation,
    private readonly takeBack: TakeBack,
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

  /** What an order that has ended holds or has bought goes back; what it asks for later is refused. */
  @Post('ends')
  @HttpCode(200)
  end(@Body({ schema: ReservationEnd }) { orderId }: ReservationEnd): Promise<Reservation> {
    return this.ends.end(orderId)
  }

  @Post(':id/returns')
  @HttpCode(200)
  return(
    @Param('id', { schema: ReservationId }) id: string,
    @Body({ schema: ReservationReturn }) request: ReservationReturn,
  ): Promise<Reservation> {
    return this.takeBack.pieces(id, request)
  }
}
