/**
 * Settings are read once, where the process starts, and never again: a service that runs has settings that are right.
 */
import { readFileSync } from 'node:fs'
import { readSettings as readAll } from '@meshmart/contracts/settings'
import { sidecarSettingsShape, type SidecarSettings } from '@meshmart/sidecar'
import { z } from 'zod'

/** Injection token of the frozen settings; their type is `SettingsOf<typeof settings>`. */
export const SETTINGS = Symbol('settings')

/** What `@Inject(SETTINGS)` gives to a service whose own settings have this schema. */
export type SettingsOf<S extends z.ZodObject> = Readonly<z.infer<S>> & SidecarSettings

/** Spread into the settings of a service with a database. */
export const databaseSettingsShape = {
  DATABASE_URL: z
    .string()
    .refine((text) => URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol), {
      message: 'must be a URL that begins with postgresql://',
    }),
  /** Connections that one replica keeps at most; the outbox relay holds one more. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
}
const databaseSettings = z.object(databaseSettingsShape)
export type DatabaseSettings = Readonly<z.infer<typeof databaseSettings>>

/** The service's own settings and the sidecar's, in one pass. @throws SettingsError */
export function readSettings<S extends z.ZodObject>(own: S, environment: NodeJS.ProcessEnv): SettingsOf<S> {
  const schema = z.object({ ...sidecarSettingsShape, ...own.shape })
  return readAll(schema, environment, (path) => readFileSync(path, 'utf8')) as SettingsOf<S>
}
