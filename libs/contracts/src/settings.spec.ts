import { expect, it } from 'vitest'
import { z } from 'zod'
import { readSettings, SettingsError } from './settings.ts'

const schema = z
  .object({
    PORT: z.coerce.number().int().default(80),
    KEY: z.string().min(4, 'must have at least 4 characters'),
    CERT_FILE: z.string().optional(),
    SECRET_FILE: z.string().optional(),
  })
  .refine(({ CERT_FILE: cert, SECRET_FILE: secret }) => (cert === undefined) === (secret === undefined), {
    path: ['SECRET_FILE'],
    message: 'certificate and key belong together',
  })
const files: Record<string, string> = { '/key': ' from-file\n' }
const read = (environment: Record<string, string>) =>
  readSettings(schema, environment, (path) => {
    if (files[path] === undefined) throw new Error('no such file')
    return files[path]
  })
const problems = (environment: Record<string, string>): string => {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('nothing is wrong')
}

it('takes a value from the environment or from a file, and an empty one for none', () => {
  expect(read({ KEY: 'long enough', PORT: '' })).toEqual({ KEY: 'long enough', PORT: 80 })
  expect(read({ KEY: '', KEY_FILE: '/key' })).toEqual({ KEY: 'from-file', PORT: 80 })
  expect(Object.isFrozen(read({ KEY: 'long enough' }))).toBe(true)
})

it.each([
  [{}, 'settings: KEY: is missing'],
  [{ KEY: 'no' }, 'settings: KEY: must have at least 4 characters'],
  [{ KEY: 'long enough', KEY_FILE: '/key' }, 'settings: KEY: set it or KEY_FILE, not both'],
  [{ KEY_FILE: '/nowhere' }, 'settings: KEY_FILE: cannot read /nowhere: no such file'],
  // What is said of two variables is said of one that is not set, and is not that it is missing.
  [{ KEY: 'long enough', CERT_FILE: '/cert' }, 'settings: SECRET_FILE: certificate and key belong together'],
  [{ PORT: 'x', KEY: 'no' }, /^settings: PORT: .*\nsettings: KEY: must have/],
])('says what is wrong with %j', (environment, message) => {
  expect(problems(environment as Record<string, string>)).toEqual(
    typeof message === 'string' ? message : expect.stringMatching(message),
  )
})
