import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeconfigAccess, podAccess } from './access.ts'

let directory: string
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'))))
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, text: string): string => {
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}
const config = (cluster: string, user: string, current = 'one'): string =>
  write(
    'config',
    `current-context: ${current}
contexts: [{ name: one, context: { cluster: here, user: me } }, { name: two, context: { cluster: gone, user: me } }]
clusters: [{ name: here, cluster: ${cluster} }]
users: [{ name: me, user: ${user} }]
`,
  )

describe('kubeconfigAccess', () => {
  it('reads certificates from data and from files beside it', async () => {
    write('ca.crt', 'the authority')
    const cert = Buffer.from('the certificate').toString('base64')
    write('me.key', 'the key')
    const access = kubeconfigAccess(
      config(
        '{ server: "https://[::1]:6443/base", certificate-authority: ca.crt, tls-server-name: api }',
        `{ client-certificate-data: ${cert}, client-key: me.key }`,
      ),
    )
    expect(access).toMatchObject({
      ca: 'the authority',
      clientCertificate: { cert: 'the certificate', key: 'the key' },
      serverName: 'api',
    })
    expect(access.server.href).toBe('https://[::1]:6443/base')
    expect(await access.token()).toBeNull()
  })

  it('reads the token of a file anew each time', async () => {
    write('token', 'first\n')
    const access = kubeconfigAccess(config('{ server: https://a }', '{ tokenFile: token }'))
    expect(await access.token()).toBe('first')
    write('token', 'second\n')
    expect(await access.token()).toBe('second')
  })

  it.each([
    ['{ server: http://a }', '{}', 'one', 'must be an https URL'],
    ['{ server: https://a, insecure-skip-tls-verify: true }', '{}', 'one', 'insecure-skip-tls-verify is not supported'],
    ['{ server: https://a }', '{ exec: { command: aws } }', 'one', 'user me: exec is not supported'],
    ['{ server: https://a }', '{ username: a }', 'one', 'username is not supported'],
    ['{ server: https://a }', '{ client-key-data: QQ== }', 'one', 'needs its key'],
    ['{ server: https://a }', '{}', 'three', 'no context "three"'],
    ['{ server: https://a }', '{}', 'two', 'no cluster "gone"'],
    ['{ server: https://a }', '{}', '""', 'current-context: must name'],
  ])('refuses %s %s %s', (cluster, user, current, words) => {
    expect(() => kubeconfigAccess(config(cluster, user, current))).toThrow(words)
  })
})

describe('podAccess', () => {
  it('is the service account of the pod', async () => {
    write('ca.crt', 'the authority')
    write('token', 'mine')
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const access = podAccess(environment, directory)
    expect(access?.server.href).toBe('https://[fd00::1]/')
    expect(await access?.token()).toBe('mine')
  })

  it('is nothing outside a pod', () => expect(podAccess({}, directory)).toBeNull())
})
