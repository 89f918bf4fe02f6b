/** Where the acquirer tells what happened. The signature is over the bytes, so the body is read as bytes and under its own media type (CloudEvents, structured mode). */
import { ACQUIRER_SIGNATURE_HEADER } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Headers, HttpCode, type OnModuleInit, Post } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { WebhookIntake } from '../webhooks/intake.ts'

@Controller('v1/webhooks/acquirer')
export class WebhooksController implements OnModuleInit {
  constructor(
    private readonly intake: WebhookIntake,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance()
    fastify.addContentTypeParser<Buffer>(
      'application/cloudevents+json',
      { parseAs: 'buffer' },
      (_request, bytes, done) => done(null, bytes),
    )
  }

  /** 204 also for what is known already. */
  @Post()
  @HttpCode(204)
  async take(@Body() body: unknown, @Headers(ACQUIRER_SIGNATURE_HEADER) signature: string | undefined): Promise<void> {
    if (!Buffer.isBuffer(body)) throw new ProblemException('unsupported-media-type')
    await this.intake.take(body, signature)
  }
}
