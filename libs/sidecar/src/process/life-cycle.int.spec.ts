/** Start, run and end of sidecar processes while what they depend on comes and goes: control plane, NATS, certificates, replicas, their own memory on disk. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync, mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import type { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { Gate } from './testing/gate.ts'
import { Load } from './testing/load.ts'
import { Application, call, serves, startMesh } from './testing/pair.ts'
import type { ProcessSettings } from './settings.ts'
import { freePort } from '../testing/free-ports.ts'

let mesh: TestMesh
let app: Application
let controlPlane: Gate
let nats: Gate
let directory: string
let running: ProcessWorkload[] = []
const noRetries = { route: { retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } } }

beforeAll(async () => {
  mesh = await startMesh()
  app = await Application.listen()
  controlPlane = await Gate.to(Number(new URL(mesh.controlPlaneUrl).port))
  nats = await Gate.to(mesh.nats.port)
  directory = mkdtempSync(join(tmpdir(), 'life-cycle-'))
  await mesh.define('inventory', 'meshmart', noRetries)
})
afterAll(async () => {
  app.close()
  await mesh.stop()
  rmSync(directory, { recursive: true })
})
afterEach(async () => {
  for (const workload of running) await workload.sidecar.close()
  running = []
  controlPlane.shut()
  nats.shut()
  await eventually(() => expect(['1', '2'].filter((n) => mesh.isRegistered(`inventory-${n}`))).toEqual([]), 15_000)
})

async function run(workload: string, instance: string, more: Partial<ProcessSettings> = {}): Promise<ProcessWorkload> {
  const started = await runProcess(mesh, workload, instance, more)
  running.push(started)
  return started
}

/** Both dependencies through the gates. */
const gated = (): Partial<ProcessSettings> => ({
  MESH_CONTROL_PLANE_URL: `https://127.0.0.1:${controlPlane.port}`,
  MESH_NATS_URL: `tls://127.0.0.1:${nats.port}`,
})

const registered = (instance: string): Promise<void> => eventually(() => expect(mesh.isRegistered(instance)).toBe(true))

async function works(caller: ProcessWorkload): Promise<void> {
  await eventually(async () => expect((await call(caller.outboundPort)).status).toBe(200))
}

function adminOf({ log }: ProcessWorkload): string {
  return String(log.lines.find(({ message }) => message === 'sidecar: open')?.fields['admin'])
}
async function ask(workload: ProcessWorkload, path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(path, adminOf(workload)), { method })
  return { status: response.status, text: await response.text() }
}

describe('start', () => {
  it('before the control plane: waits for it, and says so', async () => {
    await nats.open()
    let started = false
    const caller = run('orders', 'orders-1', gated()).finally(() => (started = true))
    await pause(1500)
    expect(started).toBe(false)
    await controlPlane.open()
    const { log } = await caller
    expect(log.text).toContain(`waiting for the control plane at https://127.0.0.1:${controlPlane.port}`)
    await run('inventory', 'inventory-1', serves(app.port))
    await works(await caller)
  })

  it('before NATS: doors are open, nobody is told to come, and both happen when it is there', async () => {
    await controlPlane.open()
    const callee = await run('inventory', 'inventory-1', { ...serves(app.port), ...gated() })
    const caller = await run('orders', 'orders-1', gated())
    expect(await ask(callee, '/healthz/ready')).toMatchObject({
      status: 503,
      text: expect.stringContaining('inbound: the inbound policy has not come yet'),
    })
    expect(mesh.isRegistered('inventory-1')).toBe(false)
    const early = call(caller.outboundPort)
    await eventually(() => expect(callee.log.text).toContain('waiting for NATS at'))
    await nats.open()
    await eventually(async () => expect((await ask(callee, '/healthz/ready')).status).toBe(200))
    await works(caller)
    // It waited as long as a host may take to become known, and then it was told.
    expect([200, 502, 503]).toContain((await early).status)
  })
})

describe('while they run', () => {
  it('control plane and NATS go: traffic goes on, on new connections too; what is new comes when they are back', async () => {
    await Promise.all([controlPlane.open(), nats.open()])
    await run('inventory', 'inventory-1', { ...serves(app.port), ...gated() })
    const caller = await run('orders', 'orders-1', gated())
    await registered('inventory-1')
    await works(caller)
    const load = new Load(caller.outboundPort)
    controlPlane.shut()
    nats.shut()
    await eventually(() => expect(caller.log.text).toContain('nats: connection lost, going on with what is known'))
    await pause(1500)
    expect((await ask(caller, '/healthz/ready')).status).toBe(200)
    await Promise.all([controlPlane.open(), nats.open()])
    await eventually(() => expect(caller.log.text).toContain('nats: connected again'))
    await run('inventory', 'inventory-2', { ...serves(app.port), ...gated() })
    await registered('inventory-2')
    await eventually(async () => {
      const got = await call(caller.outboundPort)
      expect(got.headers['x-mesh-instance']).toBe('inventory-2')
    })
    await load.stop()
    expect(load.failed).toEqual([])
    expect(load.count).toBeGreaterThan(100)
  })

  it('NATS goes as a replica is about to register: it registers once NATS is back, over one connection', async () => {
    await Promise.all([controlPlane.open(), nats.open()])
    const appPort = await freePort()
    const callee = await run('inventory', 'inventory-1', { ...serves(appPort), ...gated() })
    await eventually(() => expect(callee.log.text).toContain('waiting for the application'))
    nats.shut()
    const late = createServer((socket) => void socket.end()).listen(appPort, '127.0.0.1')
    await eventually(() => expect(callee.log.text).toMatch(/not registered|no NATS yet/))
    await nats.open()
    await registered('inventory-1')
    expect(nats.connections).toBe(1)
    late.close()
  })

  it('closes in good order although NATS is gone', async () => {
    await Promise.all([controlPlane.open(), nats.open()])
    const callee = await run('inventory', 'inventory-1', { ...serves(app.port), ...gated() })
    await registered('inventory-1')
    nats.shut()
    await eventually(() => expect(callee.log.text).toContain('nats: connection lost'))
    const began = Date.now()
    await callee.sidecar.close()
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  it('certificates of a second or two: they rotate under load, and nothing fails', async () => {
    await mesh.define('inventory', 'meshmart', {
      ...noRetries,
      // Each handshake shows what is valid at that moment.
      cluster: { connectionPool: { maxRequestsPerConnection: 20 } },
    })
    mesh.certificateLifeMs = 4000
    try {
      const callee = await run('inventory', 'inventory-1', serves(app.port))
      const caller = await run('orders', 'orders-1')
      await registered('inventory-1')
      await works(caller)
      const load = new Load(caller.outboundPort)
      await pause(9000)
      await load.stop()
      expect(load.failed).toEqual([])
      for (const { log } of [caller, callee])
        expect(log.lines.filter(({ message }) => message === 'identity: certificate renewed').length).toBeGreaterThan(3)
    } finally {
      mesh.certificateLifeMs = 3_600_000
      await mesh.define('inventory', 'meshmart', noRetries)
    }
  })
})

describe('drain', () => {
  it.each([
    ['close, as at SIGTERM', (workload: ProcessWorkload) => workload.sidecar.close()],
    [
      'POST /drain',
      async (workload: ProcessWorkload) => {
        await ask(workload, '/drain', 'POST')
        await workload.sidecar.drain()
      },
    ],
  ])('%s of one of two replicas under load: nothing fails, GET and POST, without retries', async (_how, leave) => {
    app.answer = (request, response) =>
      void request.resume().once('end', () => setTimeout(() => response.end('here'), 5))
    const one = await run('inventory', 'inventory-1', serves(app.port))
    await run('inventory', 'inventory-2', serves(app.port))
    const caller = await run('orders', 'orders-1')
    await registered('inventory-1')
    await registered('inventory-2')
    await works(caller)
    const load = new Load(caller.outboundPort, 16)
    await pause(500)
    await leave(one)
    await pause(500)
    await load.stop()
    expect(load.failed).toEqual([])
    expect(one.log.text).toContain('sidecar: drained')
    expect(one.log.text).not.toContain('requests are still in flight')
    expect((await call(caller.outboundPort)).headers['x-mesh-instance']).toBe('inventory-2')
  })
})

describe('memory on disk (MESH_STATE_DIR)', () => {
  const state = (name: string): { MESH_STATE_DIR: string } => ({ MESH_STATE_DIR: join(directory, name) })
  const files = (name: string): string[] => readdirSync(join(directory, name)).toSorted()

  it('restarts while control plane and NATS are gone go on with the last snapshots and the certificate', async () => {
    await Promise.all([controlPlane.open(), nats.open()])
    const appPort = { name: 'http', servicePort: 80, appPort: app.port, inboundPort: await freePort() }
    const calleeSettings = { MESH_APP_PORTS: [appPort], ...gated(), ...state('callee') }
    const callerSettings = { ...gated(), ...state('caller') }
    const callee = await run('inventory', 'inventory-1', calleeSettings)
    const caller = await run('orders', 'orders-1', callerSettings)
    await registered('inventory-1')
    await works(caller)
    expect(files('callee')).toEqual(['certificate.json', 'inbound.meshmart.inventory.json'])
    expect(files('caller')).toEqual([
      'certificate.json',
      'endpoints.inventory.meshmart.svc.cluster.local.json',
      'inbound.meshmart.orders.json',
      'outbound.meshmart.inventory.meshmart.svc.cluster.local.json',
    ])
    for (const name of ['callee', 'caller'])
      for (const file of files(name)) expect(statSync(join(directory, name, file)).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'caller')).mode & 0o777).toBe(0o700)

    controlPlane.shut()
    nats.shut()
    for (const old of [caller, callee]) await old.sidecar.close()
    running = []
    await run('inventory', 'inventory-1', calleeSettings)
    const again = await run('orders', 'orders-1', callerSettings)
    await works(again)
    expect(again.log.text).toContain('the control plane cannot be reached, going on with the certificate that was kept')
    expect(again.log.text).toContain('NATS says nothing, going on with what was last known')
  })

  /** What a torn disk, a hand or another version may leave behind. */
  const damage: readonly (readonly [string, (file: string) => void])[] = [
    ['empty', (file) => writeFileSync(file, '')],
    ['no JSON', (file) => writeFileSync(file, '\0\0\0 garbage {')],
    ['cut off', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))],
    ['null', (file) => writeFileSync(file, 'null')],
    ['of another shape', (file) => writeFileSync(file, '{}')],
    ['a list', (file) => writeFileSync(file, '[1]')],
    [
      'a directory',
      (file) => {
        rmSync(file)
        mkdirSync(file)
      },
    ],
    ['a certificate that is none', (file) => damageCertificate(file, { certificateChain: 'garbage' })],
    ['a key that is none', (file) => damageCertificate(file, { privateKey: 'garbage' })],
    ['a bundle that is none', (file) => damageCertificate(file, { trustBundle: 'garbage' })],
  ]

  function damageCertificate(file: string, part: object): void {
    if (file.endsWith('certificate.json'))
      writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...part }))
  }

  it('damaged files are as good as none: with NATS gone it starts and knows nobody, and learns it all again', async () => {
    await Promise.all([controlPlane.open(), nats.open()])
    await run('inventory', 'inventory-1', serves(app.port))
    await registered('inventory-1')
    const cases = damage.map(([how, spoil], index) => ({
      how,
      spoil,
      instance: `orders-${index}`,
      name: `damage-${index}`,
    }))
    const starting = cases.map(async ({ spoil, instance, name }) => {
      const caller = await runProcess(mesh, 'orders', instance, { ...gated(), ...state(name) })
      await works(caller)
      await caller.sidecar.close()
      expect(files(name)).toHaveLength(4)
      for (const file of files(name)) spoil(join(directory, name, file))
    })
    await Promise.all(starting)
    controlPlane.shut()
    nats.shut()
    const again = cases.map(({ instance, name }) => run('orders', instance, { ...gated(), ...state(name) }))
    await pause(500)
    await controlPlane.open()
    await pause(500)
    const restarted = await Promise.all(again)
    const first = await Promise.all(restarted.map(({ outboundPort }) => call(outboundPort)))
    // It knows nobody, or whom it knew where only the certificate was spoilt.
    for (const [index, { status }] of first.entries()) expect([200, 502, 503], cases[index]?.how).toContain(status)
    await nats.open()
    await Promise.all(restarted.map(works))
  })
})

describe('admin', () => {
  it('answers as documented', async () => {
    const callee = await run('inventory', 'inventory-1', serves(app.port))
    const caller = await run('orders', 'orders-1')
    await registered('inventory-1')
    await works(caller)
    await eventually(async () => expect(await ask(callee, '/healthz/ready')).toEqual({ status: 200, text: 'ready\n' }))
    expect(await ask(callee, '/healthz/live')).toEqual({ status: 200, text: 'live\n' })
    const stats = await ask(caller, '/stats/prometheus')
    expect(stats.text).toMatch(/^istio_requests_total\{.*response_code="200".*\} \d+$/m)
    const dump = JSON.parse((await ask(caller, '/config_dump')).text) as { bootstrap: object; snapshots: object }
    expect(dump.bootstrap).toMatchObject({ MESH_WORKLOAD: 'orders', MESH_INSTANCE: 'orders-1' })
    expect(Object.keys(dump.snapshots)).toEqual([
      'endpoints.inventory.meshmart.svc.cluster.local',
      'inbound.meshmart.orders',
      'outbound.meshmart.inventory.meshmart.svc.cluster.local',
    ])
    expect(JSON.stringify(dump)).not.toContain('PRIVATE KEY')
    expect((await ask(caller, '/clusters')).text).toMatch(
      /^outbound\|80\|\|inventory\.meshmart\.svc\.cluster\.local LEAST_REQUEST tls=ISTIO_MUTUAL endpoints=1 admitted=1\n {2}inventory-1 127\.0\.0\.1:\d+ .*active=0 /m,
    )
    const certs = JSON.parse((await ask(caller, '/certs')).text) as object
    expect(certs).toMatchObject({
      identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
      notAfter: expect.stringMatching(/^\d{4}-/),
      certificateChain: expect.stringContaining('BEGIN CERTIFICATE'),
    })
    expect(JSON.stringify(certs)).not.toContain('PRIVATE KEY')
    expect(await ask(caller, '/logging')).toEqual({ status: 200, text: 'debug\n' })
    expect(await ask(caller, '/logging?level=warn', 'POST')).toEqual({ status: 200, text: 'warn\n' })
    expect(await ask(caller, '/logging')).toEqual({ status: 200, text: 'warn\n' })
    expect(await ask(caller, '/logging?level=loud', 'POST')).toEqual({
      status: 400,
      text: 'level: must be one of debug, info, warn, error\n',
    })
    expect((await ask(caller, '/drain')).status).toBe(405)
    expect((await ask(caller, '/nothing')).status).toBe(404)
    expect((await ask(callee, '/drain', 'POST')).text).toBe('draining\n')
    await eventually(async () => expect((await ask(callee, '/healthz/ready')).status).toBe(503))
    await eventually(() => expect(mesh.isRegistered('inventory-1')).toBe(false))
  })
})

describe('the process of its own', () => {
  const MAIN = fileURLToPath(new URL('../../../../apps/sidecar/src/main.ts', import.meta.url))

  function environment(): Record<string, string> {
    const settings: object = mesh.settings('orders', 'orders-own')
    const flat = Object.entries(settings).filter(([, value]) => ['string', 'number'].includes(typeof value))
    const strings = Object.fromEntries(flat.map(([name, value]) => [name, String(value)] as const))
    return { ...strings, MESH_LABELS: '', MESH_APP_PORTS: 'none', MESH_OUTBOUND_PORT: '0', MESH_INBOUND_PORT: '0' }
  }

  interface Ended {
    readonly code: number | null
    readonly said: string
  }
  async function life(change: Readonly<Record<string, string | undefined>>): Promise<Ended> {
    const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], ...environment(), ...change }
    const child = spawn(process.execPath, ['--conditions=@meshmart/source', MAIN], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let told = false
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const admin = /"admin":"([^"]+)"/.exec(said)?.[1]
        if (admin === undefined || told) return
        told = true
        void fetch(`${admin}/healthz/ready`).then(() => child.kill('SIGTERM'))
      })
    const [code] = (await once(child, 'exit')) as [number | null]
    return { code, said }
  }

  it('opens, and ends with 0 at SIGTERM', async () => {
    expect(await life({})).toMatchObject({ code: 0, said: expect.stringContaining('"stopping"') })
  })

  it.each([
    ['MESH_WORKLOAD', undefined],
    ['MESH_WORKLOAD', 'Orders!'],
    ['MESH_INSTANCE', undefined],
    ['MESH_OUTBOUND_PORT', 'many'],
    ['MESH_APP_PORTS', 'http:80:8080:1:2'],
    ['MESH_OUTBOUND_TCP', '6379=redis'],
    ['MESH_APP_ADDRESS', 'localhost'],
    ['MESH_CONTROL_PLANE_URL', 'http://127.0.0.1:1'],
    ['MESH_NATS_URL', 'ftp://127.0.0.1'],
    ['MESH_ROOT_CERT_FILE', '/nowhere/root.pem'],
    ['MESH_JOIN_TOKEN_FILE', '/dev/null'],
    ['MESH_STATE_DIR', '/dev/null/state'],
    ['MESH_ACCESS_LOG', '/nowhere/access.log'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s: 78, and the variable is named', async (name, value) => {
    const { code, said } = await life({ [name]: value })
    expect(said).toContain(`${name}: `)
    expect(code).toBe(78)
  })

  it.each(['MESH_OUTBOUND_PORT', 'MESH_ADMIN_PORT'])('%s that is taken: 78', async (name) => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { code, said } = await life({ [name]: String((taken.address() as AddressInfo).port) })
    taken.close()
    expect(said).toContain(`settings: ${name}: cannot listen on 127.0.0.1:`)
    expect(code).toBe(78)
  })
})
