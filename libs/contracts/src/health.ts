import { z } from 'zod'

export const Health = z
  .strictObject({ status: z.enum(['ok', 'degraded']), checks: z.record(z.string(), z.enum(['ok', 'failing'])) })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>
