/** What a person may set for `npm start`, `npm run reset` and the tests. */
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'

/** Root of this clone. */
export const clone = dirname(dirname(import.meta.dirname))

const port = z.coerce.number().int().min(1).max(65535)
const Settings = z.object({
  PUBLIC_ADDRESS: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  PUBLIC_PORT: port.default(8080),
  /** Where data, secrets, logs and downloads are kept. */
  MESHMART_HOME: z
    .string()
    .min(1)
    .default(join(clone, '.meshmart'))
    .transform((path) => resolve(path)),
  /** Life of the workloads' certificates, which they renew at half of it: short ones show rotation at work. */
  MESH_CERTIFICATE_TTL_SECONDS: z.coerce.number().int().min(10).max(86_400).default(3600),
  /** Share of the requests that are traced, 0 to 1. All are, so that each order can show its journey; a load test wants less. */
  MESH_TRACE_SAMPLING: z.coerce.number().min(0).max(1).default(1),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})
export type LocalSettings = Readonly<z.infer<typeof Settings>>

/** Reads the environment; throws an error that names the variable. */
export function readSettings(environment: NodeJS.ProcessEnv): LocalSettings {
  const result = Settings.safeParse(environment)
  if (result.success) return Object.freeze(result.data)
  const [issue] = result.error.issues
  throw new Error(`settings: ${issue?.path.join('.')}: ${issue?.message}`)
}
