import { PaymentIntent, PaymentRequest } from '@meshmart/contracts'
import { IdempotencyKeyHeader } from '@meshmart/service-kit'
import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Charging } from '../charging/charging.ts'
import type { StoredIntent } from '../persistence/payment-intents.ts'

const paymentId = { schema: z.uuid() }

@Controller('v1/payments')
export class PaymentsController {
  constructor(private readonly charging: Charging) {}

  /** 202 while the acquirer's answer is not known; the same request later tells more. */
  @Post()
  async authorise(
    @Body({ schema: PaymentRequest }) request: PaymentRequest,
    @IdempotencyKeyHeader() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentIntent> {
    const intent = await this.charging.authorise(request, key)
    void reply.status(intent.state === 'pending' ? HttpStatus.ACCEPTED : HttpStatus.CREATED)
    return view(intent)
  }

  @Get(':id')
  async get(@Param('id', paymentId) id: string): Promise<PaymentIntent> {
    return view(await this.charging.get(id))
  }

  @Post(':id/capture')
  @HttpCode(200)
  async capture(@Param('id', paymentId) id: string, @IdempotencyKeyHeader() key: string): Promise<PaymentIntent> {
    return view(await this.charging.operate('capture', id, key))
  }

  @Post(':id/void')
  @HttpCode(200)
  async void(@Param('id', paymentId) id: string, @IdempotencyKeyHeader() key: string): Promise<PaymentIntent> {
    return view(await this.charging.operate('void', id, key))
  }

  @Post(':id/refund')
  @HttpCode(200)
  async refund(@Param('id', paymentId) id: string, @IdempotencyKeyHeader() key: string): Promise<PaymentIntent> {
    return view(await this.charging.operate('refund', id, key))
  }
}

/** What others may see: the token stays here. */
function view({ id, orderId, amount, state, declineReason }: StoredIntent): PaymentIntent {
  return { id, orderId, amount, state, declineReason }
}
