/** Reads settings from the environment, once. A wrong one ends the start with the name of its variable. */
import * as z from 'zod'

/** sysexits.h EX_CONFIG */
export const EXIT_CONFIG = 78

/**
 * An empty variable counts as one that is not set.
 * @throws Error with one line `settings: <VARIABLE>: <what is wrong>` for each wrong variable
 */
export function readSettings<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): Readonly<z.infer<S>> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(set)
  if (parsed.success) return Object.freeze(parsed.data)
  const lines = parsed.error.issues.map(({ path, message }) => {
    const variable = path.join('.')
    return `settings: ${variable}: ${variable in set ? message : 'is missing'}`
  })
  throw new Error(lines.join('\n'))
}
