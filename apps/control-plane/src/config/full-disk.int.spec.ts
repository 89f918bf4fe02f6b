/**
 * A disk that is really full: NATS and the control plane on a small file system of their own. The limit that NATS sets itself is tested in
 * config-api.int.spec.ts; here writing fails within the kernel.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startControlPlane } from '../control-plane.ts'
import { initialise } from '../identity/initialise.ts'
import { asOperator, settingsFor, startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { startNats } from '../testing/real-nats.ts'
import { joinMesh } from '../testing/workload.ts'

const disk = mkdtempSync(join(tmpdir(), 'small-disk-'))
/** Null where a file system could be mounted, else why not: it takes root, and a container may forbid it all the same. */
const reason = mountOrReason()

function mountOrReason(): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'pipe' })
    return null
  } catch (error) {
    return (error as Error).message.trim()
  }
}
afterAll(() => {
  if (reason === null) execFileSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

const filler = join(disk, 'filler')
function fill(): void {
  try {
    for (const size of [1_048_576, 4_096, 1]) {
      const chunk = Buffer.alloc(size)
      for (let written = 0; written < 64; written++) writeFileSync(filler, chunk, { flag: 'a' })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    fillTheRest()
  }
}
function fillTheRest(): void {
  for (let failed = 0; failed < 2;) {
    try {
      writeFileSync(filler, Buffer.alloc(512), { flag: 'a' })
    } catch {
      failed++
    }
  }
}

const route = (timeout: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: payments, namespace: meshmart }
spec: { hosts: [payments], http: [{ route: [{ destination: { host: payments } }], timeout: ${timeout} }] }
`

describe.skipIf(reason !== null)(`a full disk${reason === null ? '' : ` (not here: ${reason})`}`, () => {
  let mesh: RealMesh
  const before = process.env['TMPDIR']
  beforeAll(async () => {
    process.env['TMPDIR'] = disk
    mesh = await startMesh()
    expect((await mesh.operator('POST', '/v1/config/apply', route('1s'))).status).toBe(200)
  })
  afterAll(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })

  it('an apply is 507 with the reason, and what is in force stays; certificates are issued all the same', async () => {
    fill()
    const large = Array.from({ length: 3_000 }, (_, n) => `h${(n * 2_654_435_761) % 4_294_967_291}`).join('-')
    const noisy = route('2s').replace('metadata: {', `metadata: { annotations: { noise: "${large}" },`)
    const refused = await mesh.operator('POST', '/v1/config/apply', noisy)
    expect(refused).toMatchObject({ status: 507, body: { code: 'not-stored' } })
    const { body } = await mesh.operator('GET', '/v1/config/VirtualService/meshmart/payments')
    expect(JSON.stringify(body)).toContain('"timeout":"1s"')
    expect((await mesh.operator('GET', '/v1/config')).body['revision']).toBe(1)
    expect((await joinMesh(mesh, 'meshmart.orders')).cert).toContain('BEGIN CERTIFICATE')
  })

  it('init on a full disk fails aloud and leaves every file as it was', async () => {
    const files = ['ca/root.key', 'ca/issuing.pem', 'ca/token-hashes.json', 'public/root.pem']
    const read = (): string[] => files.map((name) => readFileSync(join(mesh.directory, name), 'utf8'))
    const was = read()
    const again = { directory: mesh.directory, hosts: [], trustDomain: 'cluster.local', now: Date.now() }
    await expect(initialise(again)).rejects.toThrow('ENOSPC')
    expect(read()).toEqual(was)
  })

  it('with room again and NATS started anew everything is as it was, and an apply works', async () => {
    rmSync(filler, { force: true })
    await mesh.controlPlane.stop()
    await mesh.nats.stop()
    const nats = await startNats(mesh.directory)
    const settings = settingsFor(mesh.directory, mesh.configDirectory, nats.url)
    const again = await startControlPlane(settings, pino({ level: 'silent' }))
    const at = { directory: mesh.directory, port: again.port }
    const answer = await asOperator(at, 'POST', '/v1/config/apply?wait=5s', route('3s'))
    expect(answer).toMatchObject({ status: 200, body: { revision: 2 } })
    await again.stop()
    await nats.stop()
  })
})
