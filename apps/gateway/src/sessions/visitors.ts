/** Who sends a request: the one place that reads and writes the session cookie. */
import '@fastify/cookie'
import { ProblemException, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../settings.ts'
import { cookieAttributes, readSessionCookie, SESSION_COOKIE, signSessionId } from './session-cookie.ts'
import { type Session, Sessions } from './sessions.ts'

@Injectable()
export class Visitors {
  constructor(
    private readonly sessions: Sessions,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'SESSION_SECRET'>,
  ) {}

  /**
   * @returns null where the request has no session cookie
   * @throws ProblemException `invalid-session` for a cookie that is forged, foreign, signed out or expired; the answer takes it away
   */
  async find(request: FastifyRequest, reply: FastifyReply): Promise<Session | null> {
    const cookie = readSessionCookie(request.cookies[SESSION_COOKIE], this.settings.SESSION_SECRET)
    if (cookie.kind === 'none') return null
    const session = cookie.kind === 'signed' ? await this.sessions.find(cookie.id) : null
    if (session) return session
    this.forget(request, reply)
    throw new ProblemException('invalid-session')
  }

  /** For signing in and out, where a cookie that is no good is simply replaced. */
  async findLeniently(request: FastifyRequest): Promise<Session | null> {
    const cookie = readSessionCookie(request.cookies[SESSION_COOKIE], this.settings.SESSION_SECRET)
    return cookie.kind === 'signed' ? this.sessions.find(cookie.id) : null
  }

  /** @throws ProblemException `not-signed-in` without a cookie, `invalid-session` with a wrong one */
  async require(request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    const session = await this.find(request, reply)
    if (session) return session
    throw new ProblemException('not-signed-in')
  }

  /** A session for a guest who needs one from now on. */
  async begin(request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    const begun = await this.sessions.begin(null)
    this.remember(begun, request, reply)
    return begun
  }

  remember(session: Session, request: FastifyRequest, reply: FastifyReply): void {
    const value = signSessionId(session.id, this.settings.SESSION_SECRET)
    void reply.setCookie(SESSION_COOKIE, value, cookieAttributes(isSecure(request)))
  }

  forget(request: FastifyRequest, reply: FastifyReply): void {
    void reply.clearCookie(SESSION_COOKIE, cookieAttributes(isSecure(request)))
  }
}

/** The edge says how the reader came; behind it everything is in process. */
const isSecure = (request: FastifyRequest): boolean => request.headers['x-forwarded-proto'] === 'https'
