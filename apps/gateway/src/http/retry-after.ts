import { ProblemException } from '@meshmart/service-kit'
import type { FastifyReply } from 'fastify'
import { SIGN_IN_WINDOW_SECONDS } from '../accounts/sign-in-limit.ts'

/** Adds `Retry-After` where somebody asks too often; by default, where somebody has tried too many passwords. */
export async function sayWhenToTryAgain<T>(
  reply: Pick<FastifyReply, 'header'>,
  attempt: () => Promise<T>,
  afterSeconds = SIGN_IN_WINDOW_SECONDS,
): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof ProblemException && error.code === 'too-many-requests')
      void reply.header('retry-after', String(afterSeconds))
    throw error
  }
}
