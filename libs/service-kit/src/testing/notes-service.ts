/** The service of the kit's own tests: it has one table, and everything that the kit offers. */
import { join } from 'node:path'
import { Controller, Get, HttpCode, Module, Param, Post, Body, Query } from '@nestjs/common'
import { z } from 'zod'
import { Database } from '../database/database.ts'
import { DatabaseModule } from '../database/database-module.ts'
import { InboxModule } from '../events/inbox-module.ts'
import { OutboxModule } from '../events/outbox-module.ts'
import { IdempotencyKeyHeader } from '../http/idempotency-key-header.ts'
import { ProblemException } from '../http/problem-exception.ts'
import { IdempotencyModule } from '../idempotency/idempotency-module.ts'

export const notesMigrations = join(import.meta.dirname, '../../migrations')

const NewNote = z.strictObject({
  text: z.string().min(2).max(10),
  tags: z.array(z.enum(['a', 'b'])).optional(),
  sum: z
    .int()
    .refine((sum) => sum % 2 === 0, { params: { code: 'card-number' } })
    .optional(),
})

@Controller('v1/notes')
export class NotesController {
  constructor(private readonly database: Database) {}

  @Get()
  async list(
    @Query({ schema: z.strictObject({ limit: z.coerce.number().int().min(1).default(5) }) }) query: { limit: number },
  ): Promise<unknown> {
    return { limit: query.limit, items: await this.database.query`SELECT id, text, at FROM note` }
  }

  @Post()
  @HttpCode(201)
  add(@Body({ schema: NewNote }) body: z.infer<typeof NewNote>, @IdempotencyKeyHeader() key: string): unknown {
    return { body, key }
  }

  @Get(':id')
  one(@Param('id', { schema: z.uuid() }) id: string): unknown {
    if (id.startsWith('0')) throw new Error('the password is hunter2')
    throw new ProblemException('wrong-state', { detail: id })
  }
}

@Module({
  imports: [DatabaseModule, OutboxModule, InboxModule, IdempotencyModule],
  controllers: [NotesController],
})
export class NotesModule {}
