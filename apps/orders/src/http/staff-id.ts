/** Who of the staff asks. The gateway alone may call the staff's routes (the mesh sees to that), and it has looked at the role; here only the form is checked. */
import { StaffId } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'

/** Parameter decorator: `x-staff-id`. Throws ProblemException `invalid-request` where it is missing or malformed. */
export const Staff = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['x-staff-id']
  const parsed = StaffId.safeParse(header)
  if (parsed.success) return parsed.data
  const code = header === undefined ? 'required' : 'format'
  throw new ProblemException('invalid-request', { errors: [{ field: 'x-staff-id', code }] })
})
