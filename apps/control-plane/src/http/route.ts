/** What a route is, and how its query is read. */
import type { IncomingMessage } from 'node:http'
import type { SpiffeId } from '@meshmart/mesh-policy'
import { HttpProblem } from './problem.ts'

export interface Answer {
  readonly status: number
  readonly body: object
}
export interface Call {
  readonly request: IncomingMessage
  /** Null where the caller is nobody of this mesh. */
  readonly peer: SpiffeId | null
  /** Segments of the path that the route leaves open, decoded. */
  readonly parameters: readonly string[]
  readonly query: URLSearchParams
}
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: RegExp
  readonly handle: (call: Call) => Promise<Answer> | Answer
}

const invalid = (field: string, message: string): HttpProblem =>
  new HttpProblem('invalid-request', { errors: [{ field, code: 'format', message }] })

/** Undefined where it is not given. @throws HttpProblem 400 */
export function wholeNumber(query: URLSearchParams, field: string, max: number): number | undefined {
  const text = query.get(field)
  if (text === null) return undefined
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= max)) throw invalid(field, `must be a whole number from 0 to ${max}`)
  return number
}

/** @throws HttpProblem 400 */
export function flag(query: URLSearchParams, field: string): boolean {
  const text = query.get(field) ?? 'false'
  if (text !== 'true' && text !== 'false' && text !== '') throw invalid(field, 'must be true or false')
  return text !== 'false'
}

/** Milliseconds of `10s`, `500ms`; undefined where it is not given. @throws HttpProblem 400 */
export function duration(query: URLSearchParams, field: string, maxMs: number): number | undefined {
  const text = query.get(field)
  if (text === null) return undefined
  const [, number, unit] = /^(\d{1,6})(ms|s)$/.exec(text) ?? []
  const milliseconds = Number(number) * (unit === 's' ? 1_000 : 1)
  if (!(milliseconds <= maxMs)) throw invalid(field, `must be a duration such as 5s or 500ms, at most ${maxMs} ms`)
  return milliseconds
}
