/** RFC 9457 answers. The catalogue is the platform's own, so that a caller reads every service's errors in the same way. */
import type { ServerResponse } from 'node:http'
import { describeProblem, type FieldError, type ProblemCode } from '@meshmart/contracts'
import type { Problem as ConfigurationProblem } from '@meshmart/istio-api'

export interface ProblemDetails {
  readonly detail?: string
  readonly errors?: FieldError[]
  /** Extension member: what is wrong with the configuration, each with its place. */
  readonly problems?: readonly ConfigurationProblem[]
}

export class HttpProblem extends Error {
  readonly code: ProblemCode
  readonly more: ProblemDetails

  constructor(code: ProblemCode, more: ProblemDetails = {}) {
    super(more.detail ?? code)
    this.code = code
    this.more = more
  }
}

export function answerProblem(response: ServerResponse, problem: HttpProblem): void {
  const { problems, ...more } = problem.more
  const body = { ...describeProblem(problem.code, 'en', more), ...(problems !== undefined && { problems }) }
  answer(response, body.status, body, 'application/problem+json')
}

export function answer(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}
