/** A new root while traffic flows, and an identity that is denied: real sidecars, real NATS, short certificates. */
import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startControlPlane, type ControlPlane } from '../control-plane.ts'
import { readSettings } from '../settings.ts'
import { asOperator, environmentFor, prepareMesh } from '../testing/real-mesh.ts'
import { startNats, type RealNats } from '../testing/real-nats.ts'
import { runSidecar, type RunningSidecar } from '../testing/real-sidecar.ts'
import { call, connectAs, createCsr, idOf, joinMesh, readToken } from '../testing/workload.ts'
import { initialise } from './initialise.ts'
import { generateKeyPair } from './keys.ts'
import type { RotationStep } from './root-rotation.ts'

const allow = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: all, namespace: meshmart }
spec: { action: ALLOW, rules: [{ from: [{ source: { principals: ['*'] } }] }] }
`
async function disconnected(connection: Awaited<ReturnType<typeof connectAs>>): Promise<string> {
  for await (const { type } of connection.status()) if (type === 'disconnect') return type
  return 'closed'
}
const roots = (pem: string): number => pem.split('BEGIN CERTIFICATE').length - 1

describe('trust', () => {
  let directory: string
  let nats: RealNats
  let controlPlane: ControlPlane
  let orders: RunningSidecar
  let payments: RunningSidecar
  let inventory: RunningSidecar
  const at = () => ({ directory, port: controlPlane.port })
  const operator = (method: string, path: string, body?: unknown) => asOperator(at(), method, path, body)

  beforeAll(async () => {
    const prepared = await prepareMesh()
    directory = prepared.directory
    nats = await startNats(directory)
    const settings = readSettings(environmentFor(directory, prepared.configDirectory, nats.url))
    controlPlane = await startControlPlane(settings, pino({ level: 'silent' }))
    expect((await operator('POST', '/v1/config/apply?wait=5s', allow)).status).toBe(200)
    const subject = { directory, natsUrl: nats.url, ports: [controlPlane.port] }
    ;[orders, payments, inventory] = await Promise.all([
      runSidecar(subject, 'meshmart.orders', 'orders-1'),
      runSidecar(subject, 'meshmart.payments', 'payments-1'),
      runSidecar(subject, 'meshmart.inventory', 'inventory-1'),
    ])
    await vi.waitFor(async () => expect(await orders.get('http://inventory/')).toBe(200), { timeout: 5_000 })
  })
  afterAll(async () => {
    for (const sidecar of [orders, payments, inventory]) await sidecar.close()
    await controlPlane.stop()
    await nats.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const synced = (workloads = ['inventory', 'orders', 'payments']) =>
    vi.waitFor(
      async () => {
        const { body } = await operator('GET', '/v1/proxies')
        const proxies = body['proxies'] as { workload: string; snapshots: { key: string; status: string }[] }[]
        const wanted = proxies.filter(({ workload }) => workloads.includes(workload))
        const trust = wanted.flatMap(({ snapshots }) => snapshots.filter(({ key }) => key === 'trust'))
        expect(trust.map(({ status }) => status)).toEqual(workloads.map(() => 'SYNCED'))
      },
      { timeout: 10_000, interval: 50 },
    )
  const oldIssuers = async () => {
    const issuers = (await operator('GET', '/v1/certificates')).body['issuers'] as {
      signsNow: boolean
      valid: number
    }[]
    return issuers.filter(({ signsNow, valid }) => !signsNow && valid > 0)
  }
  const trusted = async () => JSON.stringify((await operator('GET', '/v1/snapshots/trust')).body)
  const step = async (rotate: RotationStep) => {
    const before = await trusted()
    await initialise({ directory, hosts: [], trustDomain: 'cluster.local', now: Date.now(), rotate })
    process.kill(nats.pid, 'SIGHUP')
    await vi.waitFor(async () => expect(await trusted()).not.toBe(before), { timeout: 10_000, interval: 50 })
    await synced()
  }

  it('changes the root in three steps, and no request fails', async () => {
    const answers: (number | string)[] = []
    let going = true
    const traffic = (async () => {
      while (going) {
        answers.push(await orders.get('http://inventory/'), await inventory.get('http://payments/'))
        await pause(5)
      }
    })()
    const first = readFileSync(join(directory, 'public/root.pem'), 'utf8')
    await step('add')
    expect(roots(readFileSync(join(directory, 'public/root.pem'), 'utf8'))).toBe(2)
    await step('switch')
    await vi.waitFor(async () => expect(await oldIssuers()).toEqual([]), { timeout: 10_000, interval: 50 })
    await step('drop')
    const last = readFileSync(join(directory, 'public/root.pem'), 'utf8')
    expect([roots(last), last === first]).toEqual([1, false])
    // Connections of before are still open: new ones must come about as well, to peers and to NATS.
    const late = await runSidecar(
      { directory, natsUrl: nats.url, ports: [controlPlane.port] },
      'meshmart.gateway',
      'gateway-1',
    )
    expect(await late.get('http://inventory/')).toBe(200)
    expect(await late.get('http://orders/')).toBe(200)
    await late.close()
    await pause(300)
    going = false
    await traffic
    console.log(
      `root rotation: ${answers.length} requests, ${answers.filter((status) => status !== 200).length} failed`,
    )
    expect(answers.filter((status) => status !== 200)).toEqual([])
    expect(answers.length).toBeGreaterThan(100)
  }, 60_000)

  it('denies an identity: no certificate, no connection in either direction, until it is allowed again', async () => {
    const identity = idOf('meshmart', 'payments')
    expect(await payments.get('http://inventory/')).toBe(200)
    const held = await joinMesh(at(), 'meshmart.payments')
    expect((await operator('POST', '/v1/denied', { identity, reason: 'its key has leaked' })).status).toBe(200)
    await vi.waitFor(async () => expect(await trusted()).toContain(identity), { timeout: 5_000, interval: 25 })
    // The denied one itself hears nothing any more.
    await synced(['inventory', 'orders'])
    const token = readToken(directory, 'meshmart.payments')
    const csr = await createCsr(await generateKeyPair(), [identity])
    expect((await call(at(), 'POST', '/v1/certificates', { body: { csr, token } })).status).toBe(403)
    expect((await call(at(), 'POST', '/v1/certificates', { body: { csr }, as: held })).status).toBe(403)
    expect((await call(at(), 'POST', '/v1/traces', { body: { resourceSpans: [] }, as: held })).status).toBe(403)
    expect(await payments.get('http://inventory/')).toBe(503)
    await vi.waitFor(() => expect(inventory.log.join('\n')).toContain(`${identity} is denied`))
    expect(await orders.get('http://payments/')).toBe(503)
    expect(await orders.get('http://inventory/')).toBe(200)

    const { body } = await operator('GET', '/v1/certificates?event=denied')
    expect(body['entries']).toMatchObject([{ identity, reason: 'its key has leaked', event: 'denied' }])
    expect((await operator('DELETE', `/v1/denied/${encodeURIComponent(identity)}`)).status).toBe(200)
    await synced()
    await vi.waitFor(async () => expect(await payments.get('http://inventory/')).toBe(200), { timeout: 8_000 })
    await vi.waitFor(async () => expect(await orders.get('http://payments/')).toBe(200), { timeout: 8_000 })
  }, 40_000)

  it('ends the connections to NATS of whoever is denied, the open ones and each new one, until it is allowed again', async () => {
    const identity = idOf('meshmart', 'payments')
    const held = await joinMesh(at(), 'meshmart.payments')
    // Who is disconnected before the greeting was answered is not told: the client notices when its patience ends (its default is 20 s).
    const connection = await connectAs(nats.url, directory, held, 'payments', 3_000)
    const heard: string[] = []
    void (async () => {
      for await (const { type } of connection.status()) heard.push(type)
    })()
    expect((await operator('POST', '/v1/denied', { identity, reason: 'its key has leaked' })).status).toBe(200)
    await vi.waitFor(() => expect(heard.filter((type) => type === 'disconnect').length).toBeGreaterThan(1), {
      timeout: 10_000,
    })
    // A certificate that is still good opens a new connection, which does not live to see an answer: often not even that of its greeting.
    const again = connectAs(nats.url, directory, held, 'payments', 2_000)
    const end = again.then(disconnected, (error: Error) => error.name)
    expect(['disconnect', 'TimeoutError', 'ConnectionError']).toContain(await end)
    expect(orders.log.join('\n')).not.toContain('nats: connection lost')
    expect((await operator('DELETE', `/v1/denied/${encodeURIComponent(identity)}`)).status).toBe(200)
    await vi.waitFor(async () => expect((await connection.flush(), connection.isClosed())).toBe(false), {
      timeout: 20_000,
    })
    await connection.close()
    await again.then(
      (late) => late.close(),
      () => undefined,
    )
  }, 40_000)

  it('denies nobody that the mesh itself stands on, and nothing that is no identity', async () => {
    for (const [identity, status] of [
      [idOf('meshmart-system', 'control-plane'), 403],
      ['spiffe://elsewhere/ns/a/sa/b', 400],
      ['orders', 400],
    ] as const) {
      expect((await operator('POST', '/v1/denied', { identity, reason: 'x' })).status).toBe(status)
    }
    const as = await joinMesh(at(), 'meshmart.orders')
    const body = { identity: idOf('meshmart', 'gateway'), reason: 'x' }
    expect((await call(at(), 'POST', '/v1/denied', { body, as })).status).toBe(403)
  })

  it('has on record who was given what', async () => {
    const { body } = await operator(
      'GET',
      `/v1/certificates?identity=${encodeURIComponent(idOf('meshmart', 'orders'))}`,
    )
    const entries = body['entries'] as { instance?: string; proof: string; event: string; serialNumber: string }[]
    expect(entries.map(({ instance, proof, event }) => `${event} ${instance ?? '-'} ${proof}`)).toEqual(
      expect.arrayContaining(['issued orders-1 token', 'issued orders-1 certificate']),
    )
    expect(new Set(entries.map(({ serialNumber }) => serialNumber)).size).toBe(entries.length)
  })
})
