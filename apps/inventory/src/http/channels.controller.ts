import { Readable } from 'node:stream'
import {
  type ChannelConflictList,
  ChannelFeed,
  type ChannelFeedOutcome,
  ChannelName,
  type ChannelPublication,
  ChannelPublicationPage,
  ProductQuery,
  Sku,
} from '@meshmart/contracts'
import { fieldErrorsOf, ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ChannelFeeds, refuse } from '../channel/channel-feeds.ts'
import { ChannelPublications } from '../channel/channel-publications.ts'
import { readFeedCsv } from '../channel/feed-csv.ts'
import type { Feed } from '../channel/feed-line.ts'

const Digits = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
/** Beside a CSV body; a JSON body says both itself. */
const CsvQuery = z.strictObject({
  version: Digits.pipe(ChannelFeed.shape.version).optional(),
  until: z.iso.datetime().optional(),
})
const PageQuery = z.strictObject({
  limit: Digits.pipe(z.int().min(1).max(1_000)).default(100),
  cursor: Sku.optional(),
})
const ListQuery = z.strictObject({ limit: ProductQuery.shape.limit })
const Version = Digits.pipe(ChannelFeed.shape.version)

/** Feeds in, publications out, as JSON and as CSV; for the gateway, on behalf of staff or of a channel. */
@Controller('v1/channels/:channel')
export class ChannelsController {
  constructor(
    private readonly feeds: ChannelFeeds,
    private readonly publications: ChannelPublications,
  ) {}

  @Post('feeds')
  @HttpCode(200)
  take(
    @Param('channel', { schema: ChannelName }) channel: string,
    @Query({ schema: CsvQuery }) query: z.infer<typeof CsvQuery>,
    @Body() body: unknown,
  ): Promise<ChannelFeedOutcome> {
    return this.feeds.take(channel, Buffer.isBuffer(body) ? csvFeed(body, query) : jsonFeed(body))
  }

  @Get('conflicts')
  conflicts(
    @Param('channel', { schema: ChannelName }) channel: string,
    @Query({ schema: ListQuery }) { limit }: z.infer<typeof ListQuery>,
  ): Promise<ChannelConflictList> {
    return this.feeds.conflicts(channel, limit)
  }

  @Post('publications')
  @HttpCode(200)
  publish(@Param('channel', { schema: ChannelName }) channel: string): Promise<ChannelPublication> {
    return this.publications.publish(channel)
  }

  @Get('publications/:version')
  async publication(
    @Param('channel', { schema: ChannelName }) channel: string,
    @Param('version', { schema: Version }) version: number,
    @Query({ schema: PageQuery }) { limit, cursor }: z.infer<typeof PageQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const page = await this.publications.page(channel, version, limit, cursor)
    if (request.headers.accept?.includes('text/csv') !== true) await reply.send(ChannelPublicationPage.parse(page))
    else await reply.type('text/csv; charset=utf-8').send(Readable.from(this.publications.csv(channel, version)))
  }
}

function csvFeed(body: Buffer, { version, until }: z.infer<typeof CsvQuery>): Feed {
  const missing = Object.entries({ version, until }).filter(([, value]) => value === undefined)
  if (version === undefined || until === undefined) {
    const errors = missing.map(([field]) => ({ field, code: 'required' }))
    throw new ProblemException('invalid-request', { errors })
  }
  const { lines, problems } = readFeedCsv(body)
  refuse(problems)
  return { version, until: new Date(until), lines }
}

function jsonFeed(body: unknown): Feed {
  const parsed = ChannelFeed.safeParse(body)
  if (!parsed.success)
    throw new ProblemException('invalid-request', { errors: fieldErrorsOf(parsed.error.issues, body) })
  const { version, until, movements } = parsed.data
  return {
    version,
    until: new Date(until),
    lines: movements.map((movement, index) => ({ at: `movements.${index}`, movement })),
  }
}
