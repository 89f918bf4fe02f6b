import { ProblemException } from '@meshmart/service-kit'
import type { FastifyReply } from 'fastify'
import { SIGN_IN_WINDOW_SECONDS } from '../accounts/sign-in-limit.ts'

/** Adds `Retry-After` where somebody has tried too many passwords. */
export async function sayWhenToTryAgain<T>(reply: Pick<FastifyReply, 'header'>, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof ProblemException && error.code === 'too-many-requests')
      void reply.header('retry-after', String(SIGN_IN_WINDOW_SECONDS))
    throw error
  }
}
