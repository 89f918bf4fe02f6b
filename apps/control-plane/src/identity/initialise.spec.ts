import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuthorityFiles } from './authority-files.ts'
import { initialise } from './initialise.ts'
import type { RotationStep } from './root-rotation.ts'
import { hashToken, JoinTokens, readTokenHashes } from './join-tokens.ts'
import { x509 } from './x509.ts'

const DAY_MS = 86_400_000
const now = Date.parse('2026-11-22T12:00:00Z')

describe('initialise', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'initialise-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const run = (at = now) =>
    initialise({ directory, hosts: ['nats', '10.1.2.3'], trustDomain: 'cluster.local', now: at })
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  const certificate = (name: string) => new x509.X509Certificate(read(name))
  const files = (folder: string): string[] =>
    readdirSync(join(directory, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
    )

  it('writes what is documented, readable by its owner alone but for the public files', async () => {
    await run()
    const shared = ['nats/ca.pem', 'public/acquirer.pem', 'public/mailbox.pem', 'public/root.pem']
    expect(files('.').toSorted()).toEqual([
      ...['server.key', 'server.pem'].map((name) => `acquirer/${name}`),
      'ca-secret/key',
      ...['issuing.key', 'issuing.pem', 'root.key', 'root.pem', 'token-hashes.json'].map((name) => `ca/${name}`),
      ...['server.key', 'server.pem'].map((name) => `mailbox/${name}`),
      ...['ca.pem', 'server.key', 'server.pem'].map((name) => `nats/${name}`),
      'public/acquirer.pem',
      'public/mailbox.pem',
      'public/root.pem',
      'tokens/default.my-service',
      'tokens/meshmart-system.operator',
      ...['gateway', 'inventory', 'orders', 'payments'].map((name) => `tokens/meshmart.${name}`),
    ])
    for (const file of files('.'))
      expect(statSync(join(directory, file)).mode & 0o777, file).toBe(shared.includes(file) ? 0o644 : 0o600)
    for (const folder of ['acquirer', 'ca', 'ca-secret', 'mailbox', 'tokens', 'nats'])
      expect(statSync(join(directory, folder)).mode & 0o777).toBe(0o700)
  })

  it('changes nothing the second time but server certificates', async () => {
    await run()
    const before = Object.fromEntries(files('.').map((file) => [file, read(file)]))
    await run()
    const changed = files('.').filter((file) => read(file) !== before[file])
    expect(changed.toSorted()).toEqual(['nats/server.key', 'nats/server.pem'])
  })

  it('gives the acquirer a certificate of its own, which nobody of the mesh has signed, and a new one in its last month', async () => {
    await run()
    const mine = certificate('public/acquirer.pem')
    expect(read('acquirer/server.pem')).toBe(read('public/acquirer.pem'))
    expect(await mine.isSelfSigned()).toBe(true)
    expect(mine.subject).toBe('CN=acquirer.example.com')
    await run(now + 300 * DAY_MS)
    expect(read('public/acquirer.pem')).toBe(mine.toString('pem').trim() + '\n')
    await run(now + 340 * DAY_MS)
    expect(certificate('public/acquirer.pem').equal(mine)).toBe(false)
  })

  it('makes NATS reachable under its names, signed by the issuing key, which the root has signed', async () => {
    await run()
    const [root, issuing, server] = ['ca/root.pem', 'ca/issuing.pem', 'nats/server.pem'].map(certificate)
    expect(await issuing!.verify({ publicKey: root!.publicKey, date: new Date(now) })).toBe(true)
    expect(await server!.verify({ publicKey: issuing!.publicKey, date: new Date(now) })).toBe(true)
    expect(await server!.verify({ publicKey: root!.publicKey, signatureOnly: true })).toBe(false)
    const names = server!.getExtension(x509.SubjectAlternativeNameExtension)!.names.items.map(({ value }) => value)
    expect(names).toEqual([
      'spiffe://cluster.local/ns/meshmart-system/sa/nats',
      'nats',
      '10.1.2.3',
      'localhost',
      '127.0.0.1',
    ])
  })

  it('replaces a missing token and an issuing certificate that is about to end, and nothing else', async () => {
    await run()
    const [root, issuing, gateway] = ['ca/root.pem', 'ca/issuing.pem', 'tokens/meshmart.gateway'].map(read)
    rmSync(join(directory, 'tokens/meshmart.orders'))
    await run(now + 340 * DAY_MS)
    expect(read('ca/root.pem')).toBe(root)
    expect(read('ca/issuing.pem')).not.toBe(issuing)
    expect(read('tokens/meshmart.gateway')).toBe(gateway)
    expect(readTokenHashes(join(directory, 'ca/token-hashes.json'))['meshmart/orders']).toBe(
      hashToken(read('tokens/meshmart.orders').trim()),
    )
  })

  it('refuses half a root', async () => {
    await run()
    rmSync(join(directory, 'ca/root.key'))
    await expect(run()).rejects.toThrow('root.key and root.pem belong together')
    expect(existsSync(join(directory, 'ca/root.key'))).toBe(false)
  })
})

describe('JoinTokens', () => {
  const tokens = new JoinTokens({ 'meshmart/orders': hashToken('one'), 'default/my-service': hashToken('two') })
  it('names the workload that a token stands for, and nobody for any other', () => {
    expect(tokens.identify('one')).toEqual({ namespace: 'meshmart', account: 'orders' })
    expect(tokens.identify('two')).toEqual({ namespace: 'default', account: 'my-service' })
    expect(tokens.identify('three')).toBeNull()
    expect(tokens.identify('')).toBeNull()
  })
})

describe('the root', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rotation-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const run = (rotate?: RotationStep) =>
    initialise({ directory, hosts: [], trustDomain: 'cluster.local', now, ...(rotate !== undefined && { rotate }) })
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')

  it('is sealed, also where an earlier version has left it in the clear', async () => {
    await run()
    for (const name of ['root.key', 'issuing.key']) expect(read(`ca/${name}`)).toContain('BEGIN MESHMART SEALED KEY')
    const files = new AuthorityFiles(join(directory, 'ca'), join(directory, 'ca-secret/key'))
    files.write('root.key', files.readKey('root.key'))
    expect(read('ca/root.key')).toContain('BEGIN PRIVATE KEY')
    const before = read('ca/root.pem')
    await run()
    expect(read('ca/root.key')).toContain('BEGIN MESHMART SEALED KEY')
    expect(read('ca/root.pem')).toBe(before)
  })

  it('is of no use without its secret', async () => {
    await run()
    rmSync(join(directory, 'ca-secret/key'))
    await expect(run()).rejects.toThrow('root.key: cannot be opened')
  })

  it('rotates in three steps that can be taken in this order alone; init in between changes nothing', async () => {
    await run()
    const first = read('ca/root.pem')
    await expect(run('switch')).rejects.toThrow('add comes first')
    await expect(run('drop')).rejects.toThrow('nothing to drop')
    await run('add')
    await run()
    expect(read('public/root.pem').split('BEGIN').length - 1).toBe(2)
    expect(read('public/root.pem').startsWith(first)).toBe(true)
    await expect(run('add')).rejects.toThrow('switch comes next')
    await expect(run('drop')).rejects.toThrow('switch comes next')
    const issuing = read('ca/issuing.pem')
    await run('switch')
    expect(read('ca/issuing.pem')).not.toBe(issuing)
    expect(read('public/root.pem').endsWith(first)).toBe(true)
    await expect(run('add')).rejects.toThrow('drop comes next')
    await run('drop')
    expect(read('public/root.pem')).not.toContain(first)
    await run()
    expect(read('nats/ca.pem')).toBe(read('public/root.pem'))
  })
})
