import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTooOld } from './distribution/connection.ts'
import { readSettings } from './settings.ts'

describe('readSettings', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'settings-'))
    writeFileSync(join(directory, 'issuing.key'), '')
  })
  afterAll(() => rmSync(directory, { recursive: true }))
  const good = () => ({ CONTROL_PLANE_STATE_DIR: directory, CONTROL_PLANE_CONFIG_DIR: directory })

  it('has defaults for the rest, and is frozen', () => {
    const settings = readSettings({ ...good(), LOG_LEVEL: '' })
    expect(settings).toMatchObject({
      CONTROL_PLANE_PORT: 15_012,
      LOG_LEVEL: 'info',
      CONTROL_PLANE_ADVERTISE_ADDRESS: '127.0.0.1',
    })
    expect(Object.isFrozen(settings)).toBe(true)
  })

  it.each([
    ['CONTROL_PLANE_STATE_DIR', '', 'is missing'],
    ['CONTROL_PLANE_STATE_DIR', tmpdir(), 'run init first'],
    ['CONTROL_PLANE_CONFIG_DIR', '/does/not/exist', 'is no directory'],
    ['CONTROL_PLANE_PORT', 'x', 'must be a port number'],
    ['CONTROL_PLANE_ADDRESS', 'localhost', 'must be an IP address'],
    ['MESH_NATS_URL', 'http://x', 'Invalid'],
    ['MESH_CERTIFICATE_TTL_SECONDS', '1', 'at least 5'],
    ['LOG_LEVEL', 'loud', 'expected'],
  ])('names %s=%s', (variable, value, words) => {
    const read = () => readSettings({ ...good(), [variable]: value })
    expect(read).toThrow(`settings: ${variable}: `)
    expect(read).toThrow(words)
  })
})

describe('isTooOld', () => {
  it.each([
    ['2.9.10', true],
    ['2.10.27', true],
    ['2.11.0', false],
    ['2.14.6', false],
    ['3.0.0', false],
  ])('%s: %s', (version, tooOld) => expect(isTooOld(version)).toBe(tooOld))
})
