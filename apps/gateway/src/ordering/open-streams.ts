/** Streams never end by themselves while an order is open. They end when the reader leaves, and first thing when this process is told to stop. */
import { SHUTDOWN } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { FastifyReply } from 'fastify'

@Injectable()
export class OpenStreams {
  constructor(@Inject(SHUTDOWN) private readonly shutdown: AbortSignal) {}

  /** A signal that ends what is fetched for this answer. */
  until(reply: Pick<FastifyReply, 'raw'>): AbortSignal {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    return AbortSignal.any([gone.signal, this.shutdown])
  }
}
