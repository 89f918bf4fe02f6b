/** Which editions of a product an edit may change. The tag of an edition is its version in quotes (RFC 9110, 8.8.3). */
import { ProblemException } from '@meshmart/service-kit'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import type { Editions } from '../catalogue/product-editing.ts'

/** Throws ProblemException `precondition-required` where the field is missing. A tag that is none of ours fits no edition. */
export function editionsOf(field: string | undefined): Editions {
  if (field === undefined) throw new ProblemException('precondition-required')
  if (field.trim() === '*') return '*'
  return field.split(',').flatMap((tag) => {
    const version = /^"(\d{1,9})"$/.exec(tag.trim())?.[1]
    return version === undefined ? [] : [Number(version)]
  })
}

export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  editionsOf(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
)
