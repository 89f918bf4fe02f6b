/** The one place where a failure becomes an answer: RFC 9457, in the reader's language, with the trace id and without a word of what broke inside. */
import { describeProblem, fieldMessage, negotiateLanguage, type Problem } from '@meshmart/contracts'
import { currentRequest } from '@meshmart/sidecar'
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Log } from '../log/log.ts'
import { ProblemException } from './problem-exception.ts'
import { isOurs, problemOf } from './problem-of.ts'
import { RouteTable } from './route-table.ts'

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>())
  }

  /** Also for Fastify's own failures, which come before Nest is asked. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const allowed = this.routes.methodsOf(request.url)
    let problem = problemOf(error)
    if (problem !== error && problem.code === 'not-found' && allowed.length > 0 && !allowed.includes(request.method)) {
      problem = new ProblemException('method-not-allowed')
      void reply.header('allow', allowed.join(', '))
    }
    if (isOurs(problem)) this.#note(`${request.method} ${request.url.split('?', 1)[0]} failed`, problem, error)
    // An answer that has begun cannot be changed any more; cutting it is how the reader learns that it is not whole.
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy()
      return
    }
    const { retryAfterMs } = problem
    if (retryAfterMs !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
    const language = negotiateLanguage(request.headers['accept-language'])
    void reply
      .status(problem.getStatus())
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('content-language', language)
      // Without this a cache may keep a 404, and hand the words of one reader to another.
      .header('vary', 'accept-language')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(bodyOf(problem, language)))
  }

  /** That somebody else does not answer is told in a line: where in our code we waited says nothing, and such failures come by the hundred. */
  #note(what: string, { code }: ProblemException, error: unknown): void {
    if (code === 'internal-error') this.log.error(what, { error })
    else this.log.warn(what, { reasons: reasonsOf(error) })
  }
}

/** The words of an error and of what caused it, outermost first. */
function reasonsOf(error: unknown): string[] {
  const words = error instanceof Error ? error.message : String(error)
  const cause = error instanceof Error ? error.cause : undefined
  return [words, ...(cause === undefined ? [] : reasonsOf(cause))]
}

function bodyOf(problem: ProblemException, language: ReturnType<typeof negotiateLanguage>): Problem {
  const traceId = currentRequest()?.traceId
  return describeProblem(problem.code, language, {
    ...(problem.detail === undefined || isOurs(problem) ? {} : { detail: problem.detail }),
    ...(problem.errors === undefined
      ? {}
      : { errors: problem.errors.map((error) => ({ ...error, message: fieldMessage(error.code, language) })) }),
    ...(traceId === undefined ? {} : { traceId }),
  })
}
