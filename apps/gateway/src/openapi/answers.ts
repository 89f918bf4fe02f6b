/** What an operation can answer, said beside it: the schema of its success, and every problem by its code, with an example. `/api/docs` shows it. */
import { describeProblem, fieldMessage, Problem, type ProblemCode, problemCatalogue } from '@meshmart/contracts'
import { applyDecorators } from '@nestjs/common'
import { ApiResponse } from '@nestjs/swagger'
import type { z } from 'zod'
import { referenceTo } from './schemas.ts'

export type Success = {
  status: number
  description: string
  schema?: z.ZodType
  contentType?: string
  location?: boolean
  /** The answer may say when to look again. */
  retryAfter?: boolean
  /** The answer has an `ETag` for a later `If-Match`. */
  entityTag?: boolean
}

/** Any call can fail in these ways: behind each of them is a database, at least. */
const everywhere: readonly ProblemCode[] = ['internal-error', 'upstream-unavailable']

export function Answers(successes: Success | readonly Success[], problems: readonly ProblemCode[] = []) {
  const list = Array.isArray(successes) ? (successes as readonly Success[]) : [successes as Success]
  const byStatus = Map.groupBy(new Set([...problems, ...everywhere]), (code) => problemCatalogue[code].status)
  return applyDecorators(...list.map(success), ...[...byStatus].map(([status, codes]) => problem(status, codes)))
}

const success = ({ status, description, schema, contentType, location, retryAfter, entityTag }: Success) =>
  ApiResponse({
    status,
    description,
    headers: {
      ...(retryAfter && {
        'Retry-After': { description: 'Seconds after which a look is worth it', schema: { type: 'integer' } },
      }),
      ...(location && { Location: { description: 'Where to ask again', schema: { type: 'string' } } }),
      ...(entityTag && { ETag: { description: 'For `If-Match` of a later change', schema: { type: 'string' } } }),
    },
    ...(contentType !== undefined && { content: { [contentType]: { schema: { type: 'string' } } } }),
    ...(schema !== undefined && { content: { 'application/json': { schema: referenceTo(schema) } } }),
  })

const problem = (status: number, codes: readonly ProblemCode[]) =>
  ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\`: ${problemCatalogue[code].title.en}`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: referenceTo(Problem),
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: problemCatalogue[code].title.en, value: exampleOf(code) }]),
        ),
      },
    },
  })

/** The fields that a problem usually names. */
const blamed: Partial<Record<ProblemCode, readonly [field: string, code: string]>> = {
  'invalid-request': ['items.0.quantity', 'too-big'],
  'unknown-sku': ['items.0.sku', 'unknown-sku'],
  'sold-out': ['items.0.quantity', 'sold-out'],
  'price-changed': ['total', 'price-changed'],
  'payment-declined': ['payment.card.number', 'card-declined'],
  'card-expired': ['payment.card.expiry', 'card-expired'],
  'return-exceeds-kept': ['lines.0.quantity', 'more-than-kept'],
  'email-taken': ['email', 'taken'],
  'unsupported-media-type': ['Content-Type', 'choice'],
}

function exampleOf(code: ProblemCode): Problem {
  const [field, fault] = blamed[code] ?? []
  return describeProblem(code, 'en', {
    ...(field !== undefined &&
      fault !== undefined && { errors: [{ field, code: fault, message: fieldMessage(fault, 'en') }] }),
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  })
}
