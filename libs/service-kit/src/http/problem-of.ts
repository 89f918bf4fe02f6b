/** Every way in which a request can fail, as an entry of the closed catalogue. What is not foreseen is `internal-error`, and says nothing of itself. */
import { problemCatalogue, type ProblemCode } from '@meshmart/contracts'
import { HttpException } from '@nestjs/common'
import { TransactionTimeout } from '../database/database.ts'
import { sqlStateOf } from '../database/sql-state.ts'
import { ProblemException } from './problem-exception.ts'

/** Fastify's codes. */
const codeOfError: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-request',
  FST_ERR_VALIDATION: 'invalid-request',
  FST_ERR_NOT_FOUND: 'not-found',
  FST_ERR_BAD_URL: 'not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
}
const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid-request',
  401: 'not-signed-in',
  403: 'not-allowed',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'upstream-unavailable',
  504: 'deadline-exceeded',
}

/** The ProblemException that stands for whatever was thrown. */
export function problemOf(error: unknown): ProblemException {
  if (error instanceof ProblemException) return error
  return new ProblemException(codeOf(error))
}

function codeOf(error: unknown): ProblemCode {
  if (error instanceof HttpException) return codeOfStatus[error.getStatus()] ?? 'internal-error'
  if (!(error instanceof Error)) return 'internal-error'
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  const known = typeof code === 'string' ? codeOfError[code] : undefined
  if (known) return known
  // The JSON parser refuses `__proto__` with a bare SyntaxError.
  if (error instanceof SyntaxError && statusCode === 400) return 'invalid-json'
  return databaseIsAway(error) ? 'upstream-unavailable' : 'internal-error'
}

/**
 * Whether PostgreSQL could not be reached, was starting or stopping, or had no connection or no row free in time: trying again helps. By SQLSTATE: class 08 connection
 * exception, 57P01 to 57P03 shutdown and start-up, 53300 too many connections, 25P03 silent for too long within a transaction, 55P03 waited too long for a row; a connection that broke in the middle has only words, and so has pg-pool's wait.
 */
function databaseIsAway(error: Error): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return /^(08...|57P0[123]|53300|25P03|55P03)$/.test(state)
  return (
    error instanceof TransactionTimeout ||
    /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|is not queryable|timeout exceeded when trying to connect/.test(
      error.message,
    )
  )
}

/** Whether the failure is ours and belongs in the log. */
export const isOurs = (problem: ProblemException): boolean => problemCatalogue[problem.code].status >= 500
