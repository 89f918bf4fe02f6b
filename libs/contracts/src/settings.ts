/**
 * How an operator tells a process its settings: environment variables, each `X` also as `X_FILE`, read once where the process starts. A door of its own beside
 * the schemas, so that the acquirer, which shares nothing else with the shop, reads its settings as the services do and loads nothing for it.
 */
import type { z } from 'zod'

/** sysexits.h EX_CONFIG */
export const EXIT_CONFIG = 78

/** One line for each wrong variable: `settings: <VARIABLE>: <what is wrong>`. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.map((problem) => `settings: ${problem}`).join('\n'))
    this.name = 'SettingsError'
  }
}

/**
 * Every variable `X` of the schema may come as `X_FILE`, which names a file whose trimmed content is the value; an empty variable counts as unset. All that are
 * wrong are named in one go, so that nobody mends them one start at a time.
 * @param readFile content of a file as text; throws where it cannot be read
 * @returns frozen
 * @throws SettingsError
 */
export function readSettings<S extends z.ZodObject>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Readonly<z.infer<S>> {
  const problems: string[] = []
  const values: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = environment[name]
    const file = environment[`${name}_FILE`]
    if (value && file) problems.push(`${name}: set it or ${name}_FILE, not both`)
    else if (value) values[name] = value
    else if (file) {
      try {
        values[name] = readFile(file).trim()
      } catch (error) {
        problems.push(`${name}_FILE: cannot read ${file}: ${(error as Error).message}`)
      }
    }
  }
  const parsed = schema.safeParse(values)
  for (const { path, code, message } of parsed.error?.issues ?? []) {
    const name = String(path[0])
    if (problems.some((problem) => problem.startsWith(name))) continue
    // What a schema says in its own words of several variables stays as it is; of a missing one zod would say that it has a wrong type.
    problems.push(`${name}: ${values[name] === undefined && code !== 'custom' ? 'is missing' : message}`)
  }
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems)
  return Object.freeze(parsed.data)
}
