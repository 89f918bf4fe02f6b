/**
 * Settings are read once, where the process starts, and never again: a service that runs has settings that are right. Every wrong variable is
 * named in one go, so that nobody mends them one start at a time.
 */
import { readFileSync } from 'node:fs'
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

/** One line for each wrong variable: `settings: <VARIABLE>: <what is wrong>`. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.map((problem) => `settings: ${problem}`).join('\n'))
    this.name = 'SettingsError'
  }
}

/**
 * Validates the service's own settings and the sidecar's against the environment. Every variable `X` may come as `X_FILE`, which names a file whose
 * trimmed content is the value; an empty variable counts as unset. Throws a SettingsError.
 */
export function readSettings<S extends z.ZodObject>(own: S, environment: NodeJS.ProcessEnv): SettingsOf<S> {
  const schema = z.object({ ...sidecarSettingsShape, ...own.shape })
  const problems: string[] = []
  const values: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = environment[name]
    const file = environment[`${name}_FILE`]
    if (value && file) problems.push(`${name}: set it or ${name}_FILE, not both`)
    else if (value) values[name] = value
    else if (file) {
      try {
        values[name] = readFileSync(file, 'utf8').trim()
      } catch (error) {
        problems.push(`${name}_FILE: cannot read ${file}: ${(error as Error).message}`)
      }
    }
  }
  const parsed = schema.safeParse(values)
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    if (problems.some((problem) => problem.startsWith(name))) continue
    problems.push(`${name}: ${values[name] === undefined ? 'is missing' : issue.message}`)
  }
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems)
  return Object.freeze(parsed.data) as SettingsOf<S>
}
