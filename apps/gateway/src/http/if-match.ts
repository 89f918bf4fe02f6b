import { ProblemException } from '@meshmart/service-kit'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { ApiHeader } from '@nestjs/swagger'
import type { FastifyRequest } from 'fastify'
import { parseIfMatch, type Precondition } from '../domain/entity-tag.ts'

/** Parameter decorator: what the request's `If-Match` asks for, or undefined; a malformed one is `invalid-request`. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): Precondition | undefined => {
  const field = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']
  if (field === undefined) return undefined
  const read = parseIfMatch(field)
  if (read) return read
  throw new ProblemException('invalid-request', { errors: [{ field: 'If-Match', code: 'format' }] })
})

/** Says in the document that an operation heeds `If-Match`. */
export const ApiIfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The `ETag` of what you have read: nothing is changed where it is no longer that (412)',
    schema: { type: 'string' },
  })
