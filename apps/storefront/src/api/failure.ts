/** The three ways in which an answer can be missing. Pages word them; nothing else is ever thrown by the client. */
import type { Problem } from '@meshmart/contracts'

/** The shop answered with a problem (RFC 9457), already worded in the reader's language. */
export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.title)
    this.problem = problem
  }
}

/** Whether what was asked for is not there for this reader: unknown, someone else's, or nobody is known by this browser yet. */
export const isNotThere = (error: unknown): boolean =>
  error instanceof ProblemAnswer && (error.problem.status === 404 || error.problem.code === 'not-signed-in')

/** Whether nothing was done because what was seen is no longer what is there (`If-Match`). */
export const hasChangedMeanwhile = (error: unknown): boolean =>
  error instanceof ProblemAnswer && error.problem.code === 'precondition-failed'

/** No answer came: no connection, or not in time. Whether the request had an effect is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** An answer came that does not follow the contract. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer'
}

/** Whether the request may have had its effect although no clear answer came: its idempotency key must be kept. */
export function outcomeIsUnknown(error: unknown): boolean {
  if (!(error instanceof ProblemAnswer)) return true
  return error.problem.status >= 500 || ['request-in-progress', 'too-busy'].includes(error.problem.code)
}
