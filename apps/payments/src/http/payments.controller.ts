import { PaymentIntent, PaymentOperationRequest, PaymentRequest } from '@meshmart/contracts'
import { IdempotencyKeyHeader } from '@meshmart/service-kit'
import { Body, Controller, Get, HttpStatus, Param, Post, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Charging } from '../charging/charging.ts'
import type { Requested } from '../domain/operations.ts'
import type { StoredIntent } from '../persistence/payment-intents.ts'

const paymentId = { schema: z.uuid() }
/** An operation without a body is one of all that there is. */
const optional = { schema: PaymentOperationRequest.nullish() }

/** Every POST answers 202 while the acquirer's answer is not known; the same request later tells more. */
@Controller('v1/payments')
export class PaymentsController {
  constructor(private readonly charging: Charging) {}

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
  capture(
    @Param('id', paymentId) id: string,
    @IdempotencyKeyHeader() key: string,
    @Body(optional) request: PaymentOperationRequest | null | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentIntent> {
    return this.#operate('capture', id, key, request, reply)
  }

  @Post(':id/void')
  void(
    @Param('id', paymentId) id: string,
    @IdempotencyKeyHeader() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentIntent> {
    return this.#operate('void', id, key, null, reply)
  }

  @Post(':id/refund')
  refund(
    @Param('id', paymentId) id: string,
    @IdempotencyKeyHeader() key: string,
    @Body(optional) request: PaymentOperationRequest | null | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentIntent> {
    return this.#operate('refund', id, key, request, reply)
  }

  async #operate(
    kind: Requested,
    id: string,
    key: string,
    request: PaymentOperationRequest | null | undefined,
    reply: FastifyReply,
  ): Promise<PaymentIntent> {
    const { intent, open } = await this.charging.operate(kind, id, key, request?.amount ?? null)
    void reply.status(open ? HttpStatus.ACCEPTED : HttpStatus.OK)
    return view(intent)
  }
}

/** What others may see: the token stays here. */
function view({
  id,
  orderId,
  amount,
  captured,
  refunded,
  state,
  declineReason,
  expiresAt,
}: StoredIntent): PaymentIntent {
  return { id, orderId, amount, captured, refunded, state, declineReason, expiresAt }
}
