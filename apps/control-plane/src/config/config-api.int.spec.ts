/** Configuration over HTTPS, against a real control plane with a real NATS. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startControlPlane } from '../control-plane.ts'
import { asOperator, settingsFor, startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { startNats } from '../testing/real-nats.ts'
import { call, joinMesh } from '../testing/workload.ts'

const payments = (timeout: string, name = 'payments'): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: meshmart }
spec:
  hosts: [${name}]
  http:
    - route: [{ destination: { host: ${name} } }]
      timeout: ${timeout}
`

const specOf = (timeout: string) => ({
  hosts: ['orders'],
  http: [{ route: [{ destination: { host: 'orders' } }], timeout }],
})

const ALIAS_BOMB = `${['a: &a [x]', ...['b', 'c', 'd'].map((key, index) => `${key}: &${key} [${`*${'abc'[index]}, `.repeat(20)}]`)].join('\n')}\n`

describe('configuration over HTTPS', () => {
  let mesh: RealMesh
  beforeAll(async () => {
    mesh = await startMesh()
  })
  afterAll(() => mesh.stop())
  const apply = (body: string, query = '') => mesh.operator('POST', `/v1/config/apply?file=test.yaml${query}`, body)
  const revision = async () => (await mesh.operator('GET', '/v1/config'))['body']['revision']
  const timeoutInForce = async () => {
    const { body } = await mesh.operator('GET', '/v1/config/VirtualService/meshmart/payments')
    return (body['document'] as { spec: { http: { timeout: string }[] } } | undefined)?.spec.http[0]?.timeout
  }

  it('applies, says what has changed, and keeps who and when', async () => {
    const { status, body } = await apply(payments('1s'), '&note=first%20%E4%B8%AD')
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        revision: 1,
        dryRun: false,
        changes: [{ resource: 'VirtualService meshmart/payments', change: 'created' }],
      },
    })
    expect(await timeoutInForce()).toBe('1s')
    expect((await mesh.operator('GET', '/v1/config/history')).body['revisions']).toMatchObject([
      {
        revision: 1,
        by: 'spiffe://cluster.local/ns/meshmart-system/sa/operator',
        action: 'apply',
        note: 'first 中',
        created: 1,
        resources: ['VirtualService meshmart/payments'],
      },
    ])
  })

  it('publishes what was applied, and an apply that waits tells when', async () => {
    await mesh.operator('POST', '/v1/config/apply', payments('2s'))
    const { body } = await apply(payments('3s'), '&wait=5s')
    expect(body['rollout']).toMatchObject({ concerned: 0, refused: [], missing: [] })
    expect((body['rollout'] as { acknowledgedMs: number }).acknowledgedMs).toBeLessThan(2_000)
  })

  it('changes nothing with dryRun, nor where nothing is new', async () => {
    const before = await revision()
    expect((await apply(payments('9s'), '&dryRun=true')).body).toMatchObject({
      revision: before,
      dryRun: true,
      changes: [{ change: 'changed' }],
    })
    expect((await mesh.operator('POST', '/v1/config/diff', payments('9s'))).body['changes']).toHaveLength(1)
    expect((await apply(payments('3s'))).body).toMatchObject({ revision: before, changes: [] })
    expect(await revision()).toBe(before)
  })

  it.each([
    ['an unknown field', payments('1s\n      fooo: 1'), 'spec.http[0]'],
    ['a second document that is wrong', `${payments('7s')}---\n${payments('abc', 'orders2')}`, 'spec.http[0].timeout'],
    ['what the folder owns', payments('1s', 'orders'), 'metadata.name'],
    ['the same resource twice', `${payments('1s')}---\n${payments('2s')}`, 'metadata.name'],
    ['a key that stands twice', payments('1s').replace('spec:', 'spec:\n  hosts: [other]'), ''],
    ['a tab', payments('1s').replace('  hosts', '\thosts'), ''],
    ['aliases that stand for more than they should', `${ALIAS_BOMB}---\n${payments('1s')}`, ''],
    ['a document of more than 4 MiB', `a: ${'x'.repeat(5_000_000)}\n---\n${payments('1s')}`, ''],
    ['a binary file', '\u0000\u0001ELF', ''],
    ['no YAML', 'kind: [', ''],
    ['nothing', '# nothing\n', ''],
  ])('refuses %s as a whole, with its place', async (_what, body, path) => {
    const before = await revision()
    const answer = await apply(body)
    expect(answer).toMatchObject({ status: 422, body: { code: 'configuration-refused' } })
    const problems = answer.body['problems'] as { severity: string; path: string; file: string; line: number }[]
    const [error] = problems.filter(({ severity }) => severity === 'error')
    expect(error).toMatchObject({ file: 'test.yaml', path: expect.stringContaining(path), line: expect.any(Number) })
    expect([await revision(), await timeoutInForce()]).toEqual([before, '3s'])
  })

  it('takes a byte order mark for no part of the text', async () => {
    expect(await apply(`\ufeff${payments('3s')}`, '&dryRun=true')).toMatchObject({ status: 200, body: { changes: [] } })
  })

  it('names the file that owns a resource', async () => {
    expect(JSON.stringify((await apply(payments('1s', 'orders'))).body)).toContain(
      'belongs to the folder (orders.yaml)',
    )
    const deletion = await mesh.operator('DELETE', '/v1/config/VirtualService/meshmart/orders')
    expect(deletion).toMatchObject({ status: 422 })
    expect(JSON.stringify(deletion.body)).toContain('orders.yaml')
  })

  it('lets an applied resource that says so take the place of the folder’s, until it is deleted or rolled back', async () => {
    const override = payments('1s', 'orders').replace(
      'name: orders,',
      '$&annotations: { meshmart.io/overrides: folder },',
    )
    const path = '/v1/config/VirtualService/meshmart/orders'
    const orders = async () => (await mesh.operator('GET', path)).body
    const before = Number(await revision())
    const { status, body } = await apply(override)
    expect({ status, body }).toMatchObject({ status: 200, body: { changes: [{ change: 'created' }] } })
    expect(body['warnings']).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('takes the place of the folder') },
    ])
    expect(await orders()).toMatchObject({
      source: 'applied',
      overrides: 'orders.yaml',
      document: { spec: { http: [{ timeout: '1s' }] } },
    })
    // The same without the annotation would be two resources of one name.
    expect((await apply(payments('2s', 'orders'))).status).toBe(422)
    // Another file of the folder is read, and what was applied stays in its place.
    writeFileSync(join(mesh.configDirectory, 'other.yaml'), payments('6s', 'other'))
    await vi.waitFor(async () =>
      expect(await mesh.operator('GET', '/v1/config/VirtualService/meshmart/other')).toMatchObject({ status: 200 }),
    )
    rmSync(join(mesh.configDirectory, 'other.yaml'))
    expect(await orders()).toMatchObject({ overrides: 'orders.yaml' })
    const deleted = await mesh.operator('DELETE', path)
    expect(deleted).toMatchObject({ status: 200, body: { changes: [{ change: 'removed' }] } })
    expect(JSON.stringify(deleted.body['warnings'])).toContain('is in force again')
    expect(await orders()).toMatchObject({ source: 'folder', document: { spec: { http: [{ timeout: '3s' }] } } })
    // Asked for with the apply the annotation comes by itself; what the folder does not have gets none.
    await apply(`${payments('1s', 'orders')}---\n${payments('1s', 'unknown-here')}`, '&override=true')
    expect(await orders()).toMatchObject({ source: 'applied', overrides: 'orders.yaml' })
    const { body: alone } = await mesh.operator('GET', '/v1/config/VirtualService/meshmart/unknown-here')
    expect(JSON.stringify(alone)).not.toContain('overrides')
    await mesh.operator('POST', '/v1/config/rollback', { revision: before })
    expect(await orders()).toMatchObject({ source: 'folder' })
  })

  it('says what has no effect: a change of the folder’s while an applied one stands in its place', async () => {
    const path = '/v1/config/VirtualService/meshmart/orders'
    const file = join(mesh.configDirectory, 'orders.yaml')
    const original = readFileSync(file, 'utf8')
    const orders = async () => (await mesh.operator('GET', path)).body
    const warnings = () => mesh.logged.filter((line) => line.includes('in the folder without effect'))
    const write = (text: string) => writeFileSync(file, text)
    await apply(payments('1s', 'orders'), '&override=true')
    const at = Number(await revision())
    expect(await orders()).not.toHaveProperty('folderChange')

    write(original.replace('timeout: 3s', 'timeout: 5s'))
    await vi.waitFor(async () => expect(await orders()).toMatchObject({ folderChange: 'changed' }), 5_000)
    expect(warnings()).toEqual([
      expect.stringMatching(
        new RegExp(
          `orders.yaml:\\d+:\\d+: VirtualService meshmart/orders: .*overridden by applied revision ${at} until`,
        ),
      ),
    ])
    // An edit of what stands in its place is warned of it, and does not settle it.
    const { body: edited } = await apply(
      JSON.stringify({ ...((await orders())['document'] as object), spec: specOf('2s') }),
    )
    expect(JSON.stringify(edited['warnings'])).toContain('that one has changed since')
    expect(await orders()).toMatchObject({ folderChange: 'changed' })
    // Another replica, or this one after a restart, knows it as well.
    const nats = mesh.nats.url
    const lines: string[] = []
    const second = await startControlPlane(
      { ...settingsFor(mesh.directory, mesh.configDirectory, nats), CONTROL_PLANE_INSTANCE: 'control-plane-2' },
      pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    )
    expect(lines.filter((line) => line.includes(`overridden by applied revision ${at + 1} until`))).toHaveLength(1)
    await second.stop()

    // Who takes its place anew has seen it.
    await apply(payments('2s', 'orders'), '&override=true')
    expect(await orders()).not.toHaveProperty('folderChange')
    const { body: back } = await mesh.operator('POST', '/v1/config/rollback', { revision: at })
    expect(JSON.stringify(back['warnings'])).toContain('was changed in the folder without effect')

    rmSync(file)
    await vi.waitFor(async () => expect(await orders()).toMatchObject({ folderChange: 'removed' }), 5_000)
    write(original)
    await vi.waitFor(async () => expect(await orders()).not.toHaveProperty('folderChange'), 5_000)
    await mesh.operator('DELETE', path)
  })

  it('refuses what is not expected any more', async () => {
    const before = Number(await revision())
    const stale = await apply(payments('4s'), `&expectedRevision=${before - 1}`)
    expect(stale).toMatchObject({ status: 409, body: { code: 'revision-conflict' } })
    const old = payments('4s').replace('namespace: meshmart', 'namespace: meshmart, resourceVersion: "1"')
    expect((await apply(old)).status).toBe(409)
    expect(await revision()).toBe(before)
    expect((await apply(payments('4s'), `&expectedRevision=${before}`)).status).toBe(200)
  })

  it('takes changes that come at once, one after the other', async () => {
    const before = Number(await revision())
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => apply(payments('1s', `many-${n}`))))
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await revision()).toBe(before + 8)
    const resources = all.map((_, n) => ({ kind: 'VirtualService', namespace: 'meshmart', name: `many-${n}` }))
    const { body } = await mesh.operator('POST', '/v1/config/delete', { resources })
    expect(body).toMatchObject({ revision: before + 9 })
  })

  it('shows what a revision has changed, and rolls back', async () => {
    const { body } = await mesh.operator('GET', '/v1/config/history/2')
    expect(body['changes']).toMatchObject([{ change: 'changed', before: { spec: {} }, after: { spec: {} } }])
    const before = Number(await revision())
    expect((await mesh.operator('POST', '/v1/config/rollback', { revision: 1 })).body).toMatchObject({
      revision: before + 1,
    })
    expect(await timeoutInForce()).toBe('1s')
    expect((await mesh.operator('POST', '/v1/config/rollback', { revision: 9_999 })).status).toBe(404)
  })

  it('deletes, and says 404 of what is not there', async () => {
    const path = '/v1/config/VirtualService/meshmart/payments'
    expect((await mesh.operator('DELETE', path)).body).toMatchObject({ changes: [{ change: 'removed' }] })
    expect((await mesh.operator('DELETE', path)).status).toBe(404)
    expect((await mesh.operator('GET', path)).status).toBe(404)
  })

  it('lets operators alone change anything', async () => {
    const orders = await joinMesh(mesh, 'meshmart.orders')
    const gateway = await joinMesh(mesh, 'meshmart.gateway')
    for (const as of [{}, { as: orders }, { as: gateway }, { token: 'x'.repeat(43) }]) {
      const options = { body: payments('1s'), type: 'application/yaml', ...as }
      expect((await call(mesh, 'POST', '/v1/config/apply', options)).status).toBe(403)
      expect((await call(mesh, 'DELETE', '/v1/config/VirtualService/meshmart/payments', as)).status).toBe(403)
    }
    expect((await call(mesh, 'GET', '/v1/config', { as: orders })).status).toBe(403)
    expect((await call(mesh, 'GET', '/v1/config', { as: gateway })).status).toBe(200)
  })

  it.each([
    ['a type that is none', { body: 'x', type: 'text/html' }, 415],
    ['a document that is too large', { body: 'x'.repeat(9_000_000), type: 'application/yaml' }, 413],
  ])('answers a problem to %s', async (_what, options, status) => {
    const token = (await import('../testing/workload.ts')).readToken(mesh.directory, 'meshmart-system.operator')
    expect((await call(mesh, 'POST', '/v1/config/apply', { ...options, token })).status).toBe(status)
  })

  it('refuses a folder that takes a name which was applied, and says so', async () => {
    await apply(payments('5s'))
    const file = join(mesh.configDirectory, 'clash.yaml')
    writeFileSync(file, payments('6s'))
    await vi.waitFor(() => expect(mesh.logged.join('')).toContain('was applied as well'), { timeout: 3_000 })
    expect(await timeoutInForce()).toBe('5s')
    rmSync(file)
  })
})

it('keeps what was applied over restarts of NATS and of the control plane', async () => {
  const mesh = await startMesh()
  await mesh.operator('POST', '/v1/config/apply', payments('1s'))
  await mesh.controlPlane.stop()
  await mesh.nats.stop()
  const nats = await startNats(mesh.directory)
  const settings = settingsFor(mesh.directory, mesh.configDirectory, nats.url)
  const again = await startControlPlane(settings, pino({ level: 'silent' }))
  const at = { directory: mesh.directory, port: again.port }
  expect((await asOperator(at, 'GET', '/v1/config/VirtualService/meshmart/payments')).body).toMatchObject({
    source: 'applied',
    document: { metadata: { resourceVersion: '1', generation: 1 } },
  })
  const next = await asOperator(at, 'POST', '/v1/config/apply?wait=5s', payments('2s'))
  expect(next.body).toMatchObject({ revision: 2, rollout: { missing: [] } })
  await again.stop()
  await nats.stop()
  rmSync(mesh.directory, { recursive: true, force: true })
})

it('a full disk of NATS: 507, nothing has changed, and what runs goes on', async () => {
  const mesh = await startMesh({ maxFileStore: '256KB' })
  expect((await mesh.operator('POST', '/v1/config/apply', payments('1s'))).status).toBe(200)
  // Text that does not become smaller, until there is no room.
  const noise = (n: number): string =>
    Array.from({ length: 2_500 }, (_, i) => `h${((i + 1) * (n + 7) * 2_654_435_761) % 4_294_967_291}`).join('-')
  const noisy = (n: number): string =>
    payments('1s', `noise-${n}`).replace('metadata: {', `metadata: { annotations: { noise: "${noise(n)}" },`)
  let refused = await mesh.operator('POST', '/v1/config/apply', noisy(0))
  for (let n = 1; n < 60 && refused.status === 200; n++)
    refused = await mesh.operator('POST', '/v1/config/apply', noisy(n))
  expect(refused).toMatchObject({ status: 507, body: { code: 'not-stored' } })
  const { body: before } = await mesh.operator('GET', '/v1/config')
  expect((await mesh.operator('POST', '/v1/config/apply', noisy(99))).status).toBe(507)
  const { body: after } = await mesh.operator('GET', '/v1/config')
  expect(after['revision']).toBe(before['revision'])
  expect(JSON.stringify(after)).not.toContain('noise-99')
  expect((await joinMesh(mesh, 'meshmart.orders')).cert).toContain('BEGIN CERTIFICATE')
  await mesh.stop()
}, 60_000)
