/** The customer that the gateway vouches for. Its sidecar's identity is what makes the header worth believing; here only the form is checked. */
import { ProblemException } from '@meshmart/service-kit'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { CustomerId } from '../domain/customer.ts'

/** Throws ProblemException `invalid-request` where the header is missing or malformed. */
export function customerIdOf(header: string | string[] | undefined): CustomerId {
  const parsed = CustomerId.safeParse(header)
  if (parsed.success) return parsed.data
  throw new ProblemException('invalid-request', {
    errors: [{ field: 'x-customer-id', code: header === undefined ? 'required' : 'format' }],
  })
}

/** Parameter decorator: the request's customer. */
export const Customer = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  customerIdOf(context.switchToHttp().getRequest<FastifyRequest>().headers['x-customer-id']),
)
