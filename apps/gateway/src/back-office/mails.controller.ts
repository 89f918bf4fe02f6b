/** The e-mails that the demo's mailbox has received, for staff: what customers and the warehouse were told. */
import { MailboxDetail, MailboxPage } from '@meshmart/contracts'
import { Controller, Get, Header, Param, Query } from '@nestjs/common'
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import { z } from 'zod'
import { MailboxClient } from '../clients/mailbox.client.ts'
import { UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { ApiPage, OrderQuery } from '../http/queries.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount } from '../sessions/require-account.ts'

const MailQuery = z.strictObject({
  limit: OrderQuery.shape.limit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
})
type MailQuery = z.infer<typeof MailQuery>
/** Arrives as text. */
const MailId = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

@ApiTags('back office')
@Controller('api/v1/admin/mails')
@RequireAccount('staff', 'admin')
export class MailsController {
  constructor(private readonly mailbox: MailboxClient) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'E-mails that the demo’s mailbox has received, newest first' })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of e-mails', schema: MailboxPage }, [
    'invalid-request',
    'not-signed-in',
    'invalid-session',
    'not-allowed',
    'not-found',
    ...UPSTREAM_PROBLEMS,
  ])
  listMails(@Query({ schema: MailQuery }) { limit, cursor }: MailQuery): Promise<MailboxPage> {
    return this.mailbox.page(limit, cursor)
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'One of them, with its text and as it came' })
  @ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 } })
  @Answers({ status: 200, description: 'The e-mail', schema: MailboxDetail }, [
    'invalid-request',
    'not-signed-in',
    'invalid-session',
    'not-allowed',
    'not-found',
    ...UPSTREAM_PROBLEMS,
  ])
  getMail(@Param('id', { schema: MailId }) id: number): Promise<MailboxDetail> {
    return this.mailbox.find(id)
  }
}
