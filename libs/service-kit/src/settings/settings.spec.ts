import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { databaseSettingsShape, readSettings } from './settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'meshmart-settings-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const own = z.object({ ...databaseSettingsShape, COLOUR: z.enum(['red', 'blue']).default('red') })
const good = {
  MESH_WORKLOAD: 'notes',
  MESH_INSTANCE: 'notes-1',
  MESH_ROOT_CERT_FILE: '/root.pem',
  MESH_JOIN_TOKEN_FILE: '/token',
  DATABASE_URL: 'postgres://notes_app@127.0.0.1/notes',
}

describe('readSettings', () => {
  it('reads the service’s and the sidecar’s, with defaults, frozen', () => {
    const settings = readSettings(own, good)
    expect(settings).toMatchObject({ MESH_NAMESPACE: 'meshmart', DATABASE_POOL_SIZE: 10, COLOUR: 'red' })
    expect(Object.isFrozen(settings)).toBe(true)
  })

  it('takes a value from the file that X_FILE names', () => {
    const file = join(directory, 'url')
    writeFileSync(file, 'postgres://from-file/notes\n')
    const settings = readSettings(own, { ...good, DATABASE_URL: '', DATABASE_URL_FILE: file })
    expect(settings.DATABASE_URL).toBe('postgres://from-file/notes')
  })

  it.each([
    [{ DATABASE_URL: undefined }, 'settings: DATABASE_URL: is missing'],
    [{ DATABASE_URL: 'mysql://x' }, 'settings: DATABASE_URL: must be a URL that begins with postgresql://'],
    [{ COLOUR: 'green' }, 'settings: COLOUR: '],
    [{ MESH_WORKLOAD: 'No Label' }, 'settings: MESH_WORKLOAD: must be a DNS label'],
    [{ DATABASE_URL_FILE: '/x' }, 'settings: DATABASE_URL: set it or DATABASE_URL_FILE, not both'],
    [{ DATABASE_URL: '', DATABASE_URL_FILE: '/nowhere' }, 'settings: DATABASE_URL_FILE: cannot read /nowhere'],
  ])('names the variable for %j', (change, message) => {
    expect(() => readSettings(own, { ...good, ...change })).toThrow(message)
  })

  it('names all that is wrong at once', () => {
    expect(() => readSettings(own, {})).toThrow(/MESH_WORKLOAD[^]*MESH_INSTANCE[^]*DATABASE_URL/)
  })
})
