import type { FastifyRequest } from 'fastify'

/**
 * Where a request came from. The edge appends the address that it saw to `x-forwarded-for`, so the last entry is the one that nobody can forge;
 * what stands before it is the client's own claim.
 */
export function clientAddress(request: Pick<FastifyRequest, 'headers' | 'ip'>): string {
  const field = request.headers['x-forwarded-for']
  const last = (Array.isArray(field) ? field.join(',') : (field ?? '')).split(',').at(-1)?.trim()
  return last || request.ip
}
