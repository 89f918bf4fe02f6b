/** What a call is answered with, and why it may be refused: RFC 9457, in the words of the shop's catalogue. */
import { describeProblem, type ProblemCode } from '@meshmart/contracts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Ends a call with a problem. */
export class Refusal extends Error {
  readonly code: ProblemCode
  readonly fields: readonly { field: string; code: string }[]
  constructor(code: ProblemCode, detail?: string, fields: readonly { field: string; code: string }[] = []) {
    super(detail ?? code)
    this.code = code
    this.fields = fields
  }
}

export function answerTo({ code, message, fields }: Refusal): Answer {
  const errors = fields.map(({ field, code: why }) => ({ field, code: why, message: why }))
  const body = describeProblem(code, 'en', { detail: message, ...(errors.length > 0 ? { errors } : {}) })
  return { status: body.status, body }
}
