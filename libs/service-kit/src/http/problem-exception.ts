import { problemCatalogue, type ProblemCode } from '@meshmart/contracts'
import { HttpException } from '@nestjs/common'

/** A field of the request that is wrong: dotted path or header name, and a code of `fieldMessage` in @meshmart/contracts. */
export interface FieldProblem {
  readonly field: string
  readonly code: string
}
export interface ProblemDetails {
  /** What is special about this case, in English and for developers. */
  readonly detail?: string
  readonly errors?: readonly FieldProblem[]
  /** Milliseconds after which the same request may fare better: `Retry-After` (RFC 9110, 10.2.3), in whole seconds. */
  readonly retryAfterMs?: number
}

/** Refuses a request with a code of the closed catalogue; ProblemFilter words it in the reader's language. */
export class ProblemException extends HttpException {
  readonly code: ProblemCode
  readonly detail: string | undefined
  readonly errors: readonly FieldProblem[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ProblemCode, more: ProblemDetails = {}) {
    super(code, problemCatalogue[code].status)
    this.name = 'ProblemException'
    this.message = more.detail === undefined ? code : `${code}: ${more.detail}`
    this.code = code
    this.detail = more.detail
    this.errors = more.errors
    this.retryAfterMs = more.retryAfterMs
  }
}
