/** The process as an operator meets it: started from its sources, told to stop, started wrongly. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { initialise } from './identity/initialise.ts'
import { killAll, portOf, startProcess as start, untilSaid } from './testing/control-plane-process.ts'
import { startNats, type RealNats } from './testing/real-nats.ts'
import { call, joinMesh } from './testing/workload.ts'

describe('the control plane as a process', () => {
  let directory: string
  let nats: RealNats
  const settings = (more: Record<string, string> = {}) => ({
    CONTROL_PLANE_STATE_DIR: join(directory, 'ca'),
    CONTROL_PLANE_PORT: '0',
    CONTROL_PLANE_CONFIG_DIR: join(directory, 'config'),
    MESH_NATS_URL: nats.url,
    ...more,
  })
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'control-plane-main-'))
    mkdirSync(join(directory, 'config'))
    await initialise({ directory, hosts: [], trustDomain: 'cluster.local', now: Date.now() })
    nats = await startNats(directory)
  })
  afterEach(killAll)
  afterAll(async () => {
    await nats.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  it('ends with 78 and the name of what is wrong', async () => {
    const running = start({ ...settings(), CONTROL_PLANE_PORT: '80000' })
    expect(await running.ended).toBe(78)
    expect(running.output()).toMatch(/^settings: CONTROL_PLANE_PORT: /m)
  })

  it('can be stopped while it waits for NATS', async () => {
    const running = start(settings({ MESH_NATS_URL: 'tls://127.0.0.1:1' }))
    await untilSaid(running, 'connecting to NATS')
    running.process.kill('SIGTERM')
    expect(await running.ended).toBe(0)
  })

  it('renews its own certificate at half of its life, and stops within two seconds', async () => {
    const running = start(settings({ MESH_CERTIFICATE_TTL_SECONDS: '5' }))
    const port = await portOf(running)
    const first = await serialNumber(directory, port)
    await vi.waitFor(async () => expect(await serialNumber(directory, port)).not.toBe(first), {
      timeout: 5_000,
      interval: 100,
    })
    const stopping = Date.now()
    running.process.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    expect(Date.now() - stopping).toBeLessThan(2_000)
  })

  it('starts with a broken configuration: workloads can join, but it is not ready', async () => {
    const file = join(directory, 'config/broken.yaml')
    writeFileSync(file, 'kind: [\n')
    const running = start(settings())
    const at = { directory, port: await portOf(running) }
    expect(running.output()).toMatch(/broken\.yaml:\d+:\d+: /)
    expect((await joinMesh(at, 'meshmart.orders')).cert).toContain('BEGIN CERTIFICATE')
    expect(await call(at, 'GET', '/healthz/ready')).toMatchObject({
      status: 503,
      body: { reason: 'no valid configuration yet' },
    })
    rmSync(file)
    await vi.waitFor(async () => expect((await call(at, 'GET', '/healthz/ready')).status).toBe(200), { timeout: 3_000 })
    running.process.kill('SIGTERM')
    expect(await running.ended).toBe(0)
  })
})

/** Of the certificate that a new connection is shown. */
const serialNumber = (directory: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const ca = readFileSync(join(directory, 'public/root.pem'))
    const socket = connect({ host: '127.0.0.1', port, ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.on('error', reject)
  })
