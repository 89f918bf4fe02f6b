import { DeadLetterChange, DeadLetterList, DeadLetterOutcome, LastAudit } from '@meshmart/contracts'
import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import { BODY_PROBLEMS, UPSTREAM_PROBLEMS } from '../http/problem-sets.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { AuditVerdicts } from './audit-verdicts.ts'
import { DeadLetterDesk } from './dead-letter-desk.ts'
import { OFFICE_PROBLEMS } from './office-problems.ts'
import { ApiLimit, DeadLetterQuery } from './office-queries.ts'

const CHANGE_PROBLEMS = [...BODY_PROBLEMS, ...OFFICE_PROBLEMS, ...UPSTREAM_PROBLEMS] as const

/** Whether anything was lost: what the auditor said last, and the events that a service gave up. What is discarded is gone, so those are for admins. */
@ApiTags('back office')
@Controller('api/v1/admin')
@RequireAccount('staff', 'admin')
export class StaffEventsController {
  constructor(
    private readonly letters: DeadLetterDesk,
    private readonly verdicts: AuditVerdicts,
  ) {}

  @Get('audit')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The auditor’s last verdict, with its date and its counts' })
  @Answers({ status: 200, description: 'The verdict, or null where there is none', schema: LastAudit }, OFFICE_PROBLEMS)
  getAudit(): Promise<LastAudit> {
    return this.verdicts.last()
  }

  @Get('dead-letters')
  @RequireAccount('admin')
  @Header('cache-control', 'no-store')
  @ApiQuery({ name: 'service', required: false, schema: { type: 'string', maxLength: 63 } })
  @ApiLimit()
  @ApiOperation({ summary: 'Events that a service has given up, the oldest first' })
  @Answers({ status: 200, description: 'Dead letters', schema: DeadLetterList }, [
    ...OFFICE_PROBLEMS,
    'invalid-request',
    ...UPSTREAM_PROBLEMS,
  ])
  listDeadLetters(@Query({ schema: DeadLetterQuery }) query: DeadLetterQuery): Promise<DeadLetterList> {
    return this.letters.list(query)
  }

  @Post('dead-letters/replay')
  @RequireAccount('admin')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Give events to their service again; what it has handled before has no second effect' })
  @ApiBody({ schema: { $ref: '#/components/schemas/DeadLetterChange' } })
  @Answers({ status: 200, description: 'What was replayed', schema: DeadLetterOutcome }, CHANGE_PROBLEMS)
  replayDeadLetters(
    @Body({ schema: DeadLetterChange }) body: DeadLetterChange,
    @SignedIn() { account }: SignedInSession,
  ): Promise<DeadLetterOutcome> {
    return this.letters.change('replay', body, account)
  }

  @Post('dead-letters/discard')
  @RequireAccount('admin')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Throw events away; they cannot be had back' })
  @ApiBody({ schema: { $ref: '#/components/schemas/DeadLetterChange' } })
  @Answers({ status: 200, description: 'What was discarded', schema: DeadLetterOutcome }, CHANGE_PROBLEMS)
  discardDeadLetters(
    @Body({ schema: DeadLetterChange }) body: DeadLetterChange,
    @SignedIn() { account }: SignedInSession,
  ): Promise<DeadLetterOutcome> {
    return this.letters.change('discard', body, account)
  }
}
