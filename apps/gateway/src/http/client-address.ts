import type { FastifyRequest } from 'fastify'

/**
 * Where a request came from. The edge writes the address that it saw into `x-forwarded-for` and drops what the client claimed there; the
 * last entry is the one that nobody can forge.
 */
export function clientAddress(request: Pick<FastifyRequest, 'headers' | 'ip'>): string {
  const field = request.headers['x-forwarded-for']
  const last = (Array.isArray(field) ? field.join(',') : (field ?? '')).split(',').at(-1)?.trim()
  return last || request.ip
}
