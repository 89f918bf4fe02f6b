import { Account, Registration } from '@meshmart/contracts'
import { Body, Controller, Header, HttpCode, Post, Req, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Accounts } from '../accounts/accounts.ts'
import { Answers } from '../openapi/answers.ts'
import { SignIn } from '../sessions/sign-in.ts'
import { Visitors } from '../sessions/visitors.ts'
import { BODY_PROBLEMS } from './problem-sets.ts'

@ApiTags('account')
@Controller('api/v1/accounts')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly signIn: SignIn,
    private readonly visitors: Visitors,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Register, and be signed in; what a guest had in the cart or ordered is kept' })
  @ApiBody({ schema: { $ref: '#/components/schemas/Registration' } })
  @Answers({ status: 201, description: 'The new account', schema: Account }, [
    ...BODY_PROBLEMS,
    'email-taken',
    'too-many-requests',
  ])
  async register(
    @Body({ schema: Registration }) registration: Registration,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Account> {
    const past = await this.visitors.findLeniently(request)
    const account = await this.accounts.register(registration)
    this.visitors.remember(await this.signIn.signIn(account, past), request, reply)
    return account
  }
}
