/**
 * Operations that need an account, and some of them a certain role: `@RequireAccount('staff', 'admin')` on a controller or a method. The guard runs
 * before anything of the request is looked at, so that a stranger learns nothing but that they must sign in.
 */
import type { Account, Role } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { ApiCookieAuth } from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from './sessions.ts'
import { Visitors } from './visitors.ts'

export type SignedInSession = Session & { account: Account }

const AllowedRoles = Reflector.createDecorator<readonly Role[]>()
const signedIn = new WeakMap<FastifyRequest, SignedInSession>()

@Injectable()
export class AccountGuard implements CanActivate {
  constructor(
    private readonly visitors: Visitors,
    private readonly reflector: Reflector,
  ) {}

  /** @throws ProblemException `not-signed-in` for a guest, `not-allowed` for an account of another role */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    const request = http.getRequest<FastifyRequest>()
    const session = await this.visitors.require(request, http.getResponse<FastifyReply>())
    const { account } = session
    if (account === null) throw new ProblemException('not-signed-in')
    const allowed = this.reflector.getAllAndOverride(AllowedRoles, [context.getHandler(), context.getClass()])
    if (allowed.length > 0 && !allowed.includes(account.role)) throw new ProblemException('not-allowed')
    signedIn.set(request, { ...session, account })
    return true
  }
}

/** Lets accounts in, of these roles or, where none is named, of any. */
export const RequireAccount = (...roles: Role[]) =>
  applyDecorators(AllowedRoles(roles), UseGuards(AccountGuard), ApiCookieAuth())

/** Parameter decorator: whoever `RequireAccount` let in. */
export const SignedIn = createParamDecorator((_data: unknown, context: ExecutionContext): SignedInSession => {
  const session = signedIn.get(context.switchToHttp().getRequest<FastifyRequest>())
  if (session === undefined) throw new Error('@SignedIn needs @RequireAccount above it')
  return session
})
