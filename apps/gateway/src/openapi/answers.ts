/** What an operation can answer, said beside it: the schema of its success, and every problem by its code. `/api/docs` shows it. */
import { type ProblemCode, problemCatalogue } from '@meshmart/contracts'
import { applyDecorators } from '@nestjs/common'
import { ApiResponse } from '@nestjs/swagger'
import type { z } from 'zod'

export type Success = {
  status: number
  description: string
  schema?: z.ZodType
  contentType?: string
  location?: boolean
}

/** Any call can fail in these ways: behind each of them is a database, at least. */
const everywhere: readonly ProblemCode[] = ['internal-error', 'upstream-unavailable']

export function Answers(successes: Success | readonly Success[], problems: readonly ProblemCode[] = []) {
  const list = Array.isArray(successes) ? (successes as readonly Success[]) : [successes as Success]
  const byStatus = Map.groupBy(new Set([...problems, ...everywhere]), (code) => problemCatalogue[code].status)
  return applyDecorators(...list.map(success), ...[...byStatus].map(([status, codes]) => problem(status, codes)))
}

const success = ({ status, description, schema, contentType, location }: Success) =>
  ApiResponse({
    status,
    description,
    ...(location ? { headers: { Location: { description: 'Where to ask again', schema: { type: 'string' } } } } : {}),
    ...(contentType === undefined
      ? schema && { standardSchema: schema }
      : { content: { [contentType]: { schema: { type: 'string' } } } }),
  })

const problem = (status: number, codes: readonly ProblemCode[]) =>
  ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\`: ${problemCatalogue[code].title.en}`).join('\n\n'),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  })
