import { IdempotencyKey } from '@meshmart/contracts'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { ProblemException } from './problem-exception.ts'

/** Checks a request's `Idempotency-Key`; a missing or malformed one is `invalid-request` with the header's name. */
export function idempotencyKeyOf(header: string | string[] | undefined): string {
  const parsed = IdempotencyKey.safeParse(header)
  if (parsed.success) return parsed.data
  throw new ProblemException('invalid-request', {
    errors: [{ field: 'Idempotency-Key', code: header === undefined ? 'required' : 'format' }],
  })
}

/** Parameter decorator: the request's `Idempotency-Key`. */
export const IdempotencyKeyHeader = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key']),
)
