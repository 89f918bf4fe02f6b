/** Who acts: the gateway alone may call these routes (the mesh sees to that), and says on whose behalf. */
import { StaffId } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'

/** Throws ProblemException `invalid-request` that names `x-staff-id` where it is missing or not one of ours. */
export function staffOf(header: unknown): string {
  const parsed = StaffId.safeParse(header)
  if (parsed.success) return parsed.data
  const code = header === undefined ? 'required' : 'format'
  throw new ProblemException('invalid-request', { errors: [{ field: 'x-staff-id', code }] })
}

export const StaffHeader = createParamDecorator((_: unknown, context: ExecutionContext) =>
  staffOf(context.switchToHttp().getRequest<FastifyRequest>().headers['x-staff-id']),
)
