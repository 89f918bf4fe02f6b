/** Lets a route take `text/csv`, as bytes: what encoding they have is for the feed to say, line by line. */
import { Injectable, type OnModuleInit } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'

/** Fifty thousand lines of a hundred bytes. */
const bodyLimit = 5 * 1024 * 1024

@Injectable()
export class CsvBody implements OnModuleInit {
  constructor(private readonly adapters: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.adapters.httpAdapter.getInstance<FastifyInstance>()
    fastify.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
      done(null, body),
    )
  }
}
