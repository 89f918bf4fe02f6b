import { Credentials, Session } from '@meshmart/contracts'
import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Accounts } from '../accounts/accounts.ts'
import { Answers } from '../openapi/answers.ts'
import { Sessions } from '../sessions/sessions.ts'
import { SignIn } from '../sessions/sign-in.ts'
import { Visitors } from '../sessions/visitors.ts'
import { clientAddress } from './client-address.ts'
import { BODY_PROBLEMS } from './problem-sets.ts'

@ApiTags('account')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly signing: SignIn,
    private readonly visitors: Visitors,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Sign in; what a guest had in the cart or ordered is kept' })
  @ApiBody({ schema: { $ref: '#/components/schemas/Credentials' } })
  @Answers({ status: 201, description: 'The new session', schema: Session }, [
    ...BODY_PROBLEMS,
    'wrong-credentials',
    'too-many-requests',
  ])
  async signIn(
    @Body({ schema: Credentials }) credentials: Credentials,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Session> {
    const past = await this.visitors.findLeniently(request)
    const account = await this.accounts.authenticate(credentials, clientAddress(request))
    this.visitors.remember(await this.signing.signIn(account, past), request, reply)
    return { account }
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Who the session cookie belongs to; `account` is null for a guest and without a cookie' })
  @Answers({ status: 200, description: 'The session', schema: Session }, ['invalid-session'])
  async getSession(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Session> {
    const session = await this.visitors.find(request, reply)
    return { account: session?.account ?? null }
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out' })
  @Answers({ status: 204, description: 'There is no session any more' }, ['not-allowed'])
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const session = await this.visitors.findLeniently(request)
    if (session) await this.sessions.end(session.id)
    this.visitors.forget(request, reply)
  }
}
