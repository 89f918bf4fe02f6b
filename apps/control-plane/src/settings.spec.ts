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
    ['CONTROL_PLANE_CONFIG_SOURCE', 'git', 'must be folder or kubernetes'],
    ['CONTROL_PLANE_KUBERNETES_NAMESPACES', 'shop,Default', 'must be names of namespaces'],
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

describe('readSettings with Kubernetes as the source', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'settings-'))
    writeFileSync(join(directory, 'issuing.key'), '')
  })
  afterAll(() => rmSync(directory, { recursive: true }))
  const read = (more: Record<string, string>) =>
    readSettings({ CONTROL_PLANE_STATE_DIR: directory, CONTROL_PLANE_CONFIG_SOURCE: 'kubernetes', ...more })

  it('needs no folder, and says how the API is reached', () => {
    const KUBECONFIG = join(directory, 'config')
    const user = { name: 'me', user: { token: 'x' } }
    const cluster = { name: 'here', cluster: { server: 'https://127.0.0.1:6443' } }
    const contexts = [{ name: 'one', context: { cluster: 'here', user: 'me' } }]
    writeFileSync(
      KUBECONFIG,
      JSON.stringify({ 'current-context': 'one', clusters: [cluster], users: [user], contexts }),
    )
    const settings = read({
      KUBECONFIG,
      CONTROL_PLANE_CONFIG_DIR: '/does/not/exist',
      CONTROL_PLANE_KUBERNETES_NAMESPACES: 'shop, istio-system',
    })
    expect(settings.kubernetes?.server.href).toBe('https://127.0.0.1:6443/')
    expect(settings.CONTROL_PLANE_KUBERNETES_NAMESPACES).toEqual(['shop', 'istio-system'])
  })

  it.each([
    [{}, 'settings: KUBECONFIG: is missing, and this is no pod'],
    [{ KUBECONFIG: '/does/not/exist' }, 'settings: KUBECONFIG: ENOENT'],
  ])('%j: %s', (more, words) => expect(() => read(more)).toThrow(words))
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
