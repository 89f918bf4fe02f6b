import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { databaseSettingsShape, type SettingsOf } from '@meshmart/service-kit'
import { z } from 'zod'

const builtStorefront = join(import.meta.dirname, '../../storefront/dist')

export const settings = z.object({
  ...databaseSettingsShape,
  PUBLIC_ADDRESS: z.string().min(1).default('127.0.0.1'),
  PUBLIC_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Signs the session cookie. */
  SESSION_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, { message: 'must have 32 bytes or more' }),
  STOREFRONT_DIR: z
    .string()
    .refine((folder) => existsSync(join(folder, 'index.html')), {
      message: 'has no index.html; build the storefront first',
    })
    .prefault(builtStorefront),
  /** Password of both demo accounts; without it there are none. */
  DEMO_PASSWORD: z.string().min(10).max(200).optional(),
})
export type Settings = SettingsOf<typeof settings>
