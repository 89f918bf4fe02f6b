import { Account, AccountDeletion, AccountExport, PasswordChange, ProfileUpdate } from '@meshmart/contracts'
import { Body, Controller, Get, Header, HttpCode, Patch, Post, Put, Req, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AccountExports } from '../accounts/account-export.ts'
import { Accounts } from '../accounts/accounts.ts'
import { Erasure } from '../accounts/erasure.ts'
import { Profile } from '../accounts/profile.ts'
import { entityTagOf, type Precondition } from '../domain/entity-tag.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { Visitors } from '../sessions/visitors.ts'
import { clientAddress } from './client-address.ts'
import { ApiIfMatch, IfMatch } from './if-match.ts'
import { ACCOUNT_PROBLEMS, BODY_PROBLEMS, UPSTREAM_PROBLEMS } from './problem-sets.ts'

/** The account of whoever is signed in. There is no id in these paths, so there is none to guess. */
@ApiTags('account')
@Controller('api/v1/account')
@RequireAccount()
export class AccountController {
  constructor(
    private readonly accounts: Accounts,
    private readonly profile: Profile,
    private readonly exports: AccountExports,
    private readonly erasure: Erasure,
    private readonly visitors: Visitors,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your account' })
  @Answers({ status: 200, description: 'The account', schema: Account, entityTag: true }, ACCOUNT_PROBLEMS)
  getAccount(@SignedIn() { account }: SignedInSession, @Res({ passthrough: true }) reply: FastifyReply): Account {
    void reply.header('etag', entityTagOf(account))
    return account
  }

  @Patch()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Change your name' })
  @ApiIfMatch()
  @ApiBody({ schema: { $ref: '#/components/schemas/ProfileUpdate' } })
  @Answers({ status: 200, description: 'The account as it is now', schema: Account, entityTag: true }, [
    ...BODY_PROBLEMS,
    ...ACCOUNT_PROBLEMS,
    'precondition-failed',
  ])
  async changeProfile(
    @SignedIn() { account }: SignedInSession,
    @Body({ schema: ProfileUpdate }) update: ProfileUpdate,
    @IfMatch() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Account> {
    const changed = await this.profile.rename(account.id, update, precondition)
    void reply.header('etag', entityTagOf(changed))
    return changed
  }

  @Put('password')
  @HttpCode(204)
  @ApiOperation({ summary: 'Change your password; every other session of the account ends' })
  @ApiBody({ schema: { $ref: '#/components/schemas/PasswordChange' } })
  @Answers({ status: 204, description: 'The new password holds, and this session has a new cookie' }, [
    ...BODY_PROBLEMS,
    ...ACCOUNT_PROBLEMS,
    'wrong-credentials',
    'too-many-requests',
  ])
  async changePassword(
    @SignedIn() session: SignedInSession,
    @Body({ schema: PasswordChange }) change: PasswordChange,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const begun = await this.profile.changePassword(session, change, clientAddress(request))
    this.visitors.remember(begun, request, reply)
  }

  @Get('export')
  @ApiOperation({ summary: 'Everything that the shop keeps about you' })
  @Answers({ status: 200, description: 'Account, sessions, addresses, cart and orders', schema: AccountExport }, [
    ...ACCOUNT_PROBLEMS,
    ...UPSTREAM_PROBLEMS,
  ])
  async exportAccount(
    @SignedIn() session: SignedInSession,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.exports.open(session, request.headers['accept-language'])
    // Half an export must not look like a whole one.
    stream.once('error', () => reply.raw.destroy())
    void reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="meshmart-account.json"')
      .header('cache-control', 'no-store')
      .send(stream)
  }

  @Post('deletion')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete your account',
    description:
      'Account, sessions, addresses and cart are gone with the answer. Your orders stay for the books, without your e-mail and address; those that are still on their way lose them when they are settled.',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/AccountDeletion' } })
  @Answers({ status: 204, description: 'There is no such account any more' }, [
    ...BODY_PROBLEMS,
    ...ACCOUNT_PROBLEMS,
    'wrong-credentials',
    'too-many-requests',
  ])
  async deleteAccount(
    @SignedIn() { account }: SignedInSession,
    @Body({ schema: AccountDeletion }) { password }: AccountDeletion,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.accounts.confirm(account, password, 'password', clientAddress(request))
    await this.erasure.deleteAccount(account.id)
    this.visitors.forget(request, reply)
  }
}
