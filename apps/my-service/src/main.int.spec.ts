/** The processes as they are started, in both placements: who called is answered, they end soon on SIGTERM, and name a setting that is wrong. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inboundOf, TestMesh } from '@meshmart/sidecar/internal'
import { freePorts } from '@meshmart/service-kit/testing'

let mesh: TestMesh

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  await mesh.define('my-service', 'meshmart')
  await mesh.put('inbound.meshmart.my-service', inboundOf('meshmart', 'my-service'))
})
afterAll(async () => {
  await mesh.stop()
})

const app = join(import.meta.dirname, 'main.ts')
const sidecar = join(import.meta.dirname, '../../sidecar/src/main.ts')

function start(
  settings: Readonly<Record<string, unknown>>,
  program: string = app,
): {
  child: ChildProcess
  said: () => string
  ended: Promise<number | null>
} {
  // Only what has one text form: labels are a map by now, and not needed here.
  const environment = Object.entries(settings)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => [name, String(value)])
  const child = spawn(process.execPath, ['--conditions=@meshmart/source', program], {
    env: { ...process.env, ...Object.fromEntries(environment) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, said: () => text, ended }
}

it('says who it is and who called, and ends within a second of SIGTERM', async () => {
  const service = start(mesh.settings('my-service', 'my-service-1'))
  try {
    await expect.poll(() => mesh.isRegistered('my-service-1'), { timeout: 15_000 }).toBe(true)
    const caller = await mesh.run('orders', 'orders-1')
    const { body } = await caller.sidecar.dispatcher.request({ origin: 'http://my-service', path: '/a', method: 'GET' })
    expect(await body.json()).toMatchObject({
      service: 'my-service',
      instance: 'my-service-1',
      path: '/a',
      peer: 'cluster.local/ns/meshmart/sa/orders',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    const began = performance.now()
    service.child.kill('SIGTERM')
    expect(await service.ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(mesh.isRegistered('my-service-1')).toBe(false)
  } finally {
    service.child.kill('SIGKILL')
  }
})

it('says the same behind a sidecar process, which ends first, and both within a second', async () => {
  const [app, outbound, appAdmin] = await freePorts(3)
  const own = mesh.settings('my-service', 'my-service-2')
  // The access log of a replica is its sidecar's; the application is started first and waits for it.
  const service = start({
    ...own,
    MESH_PLACEMENT: 'process',
    MESH_APP_PORT: app,
    MESH_OUTBOUND_PORT: outbound,
    MESH_APP_ADMIN_PORT: appAdmin,
  })
  const beside = start({ ...own, MESH_APP_PORTS: `http:80:${app}`, MESH_OUTBOUND_PORT: outbound }, sidecar)
  try {
    await expect.poll(() => mesh.isRegistered('my-service-2'), { timeout: 15_000 }).toBe(true)
    const ready = await fetch(`http://127.0.0.1:${appAdmin}/healthz/ready`)
    expect([ready.status, await ready.text()]).toEqual([200, 'ready\n'])
    const caller = await mesh.run('payments', 'payments-1')
    const { body } = await caller.sidecar.dispatcher.request({ origin: 'http://my-service', path: '/b', method: 'GET' })
    expect(await body.json()).toMatchObject({
      instance: 'my-service-2',
      path: '/b',
      peer: 'cluster.local/ns/meshmart/sa/payments',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    for (const { child, ended } of [beside, service]) {
      const began = performance.now()
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(performance.now() - began).toBeLessThan(1000)
      expect(mesh.isRegistered('my-service-2')).toBe(false)
    }
  } finally {
    beside.child.kill('SIGKILL')
    service.child.kill('SIGKILL')
  }
})

it('names a setting that is wrong, and ends with 78', async () => {
  const service = start({ ...mesh.settings('my-service', 'my-service-1'), MESH_INBOUND_PORT: '70000' })
  expect(await service.ended).toBe(78)
  expect(service.said()).toBe('settings: MESH_INBOUND_PORT: must be 0 to 65535\n')
})
