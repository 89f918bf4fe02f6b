/** Two applications whose sidecars are processes of their own (here: their very parts), over real TLS and a real NATS: what each knows of the other through plain loopback. */
import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProcessSidecar } from '../process/process-sidecar.ts'
import type { ProcessSettings } from '../process/settings.ts'
import { startSidecarProcess } from '../process/start.ts'
import type { RequestContext, Sidecar } from '../sidecar.ts'
import { startSidecar } from '../start.ts'
import { currentRequest, runInContext, UNTRACED, withTrace } from '../telemetry/context.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMesh } from '../testing/mesh.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { inboundOf } from '../testing/snapshots.ts'
import { freePorts } from '../testing/free-ports.ts'

interface Behind {
  readonly app: Sidecar
  sidecar: ProcessSidecar
  readonly appAdmin: string
  readonly process: ProcessSettings
}

let mesh: TestMesh
let orders: Behind
let inventory: Behind
const answers: Record<string, RequestListener> = {}

async function start(workload: string): Promise<Behind> {
  const [appPort = 0, outbound = 0, appAdminPort = 0] = await freePorts(3)
  const settings = mesh.settings(workload, `${workload}-1`)
  const processSettings: ProcessSettings = {
    ...settings,
    MESH_APP_ADDRESS: '127.0.0.1',
    MESH_APP_PORTS: [{ name: 'http', servicePort: 80, appPort, inboundPort: 0 }],
    MESH_OUTBOUND_PORT: outbound,
    MESH_OUTBOUND_TCP: [],
  }
  await mesh.define(workload, 'meshmart')
  await mesh.put(`inbound.meshmart.${workload}`, inboundOf('meshmart', workload, []))
  // The application first: it waits for its sidecar, as that one waits for it.
  const starting = startSidecar(
    {
      ...settings,
      MESH_PLACEMENT: 'process',
      MESH_APP_PORT: appPort,
      MESH_OUTBOUND_PORT: outbound,
      MESH_APP_ADMIN_PORT: appAdminPort,
    },
    { log: new RecordedLog() },
  )
  const sidecar = await startSidecarProcess(processSettings, new RecordedLog())
  const app = await starting
  app.createInboundServer((request, response) => answers[workload]?.(request, response))
  expect(mesh.isRegistered(`${workload}-1`)).toBe(false)
  await app.open()
  await eventually(async () => expect(mesh.isRegistered(`${workload}-1`)).toBe(true))
  return { app, sidecar, appAdmin: `http://127.0.0.1:${appAdminPort}`, process: processSettings }
}

async function ask(from: Behind, url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const { origin, pathname } = new URL(url)
  const answer = await from.app.dispatcher.request({ origin, path: pathname, method: 'GET', headers })
  expect(answer.statusCode).toBe(200)
  return answer.body.json()
}

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  inventory = await start('inventory')
  orders = await start('orders')
})
afterAll(async () => {
  for (const { app, sidecar } of [orders, inventory]) {
    await sidecar.close()
    await app.close()
  }
  await mesh.stop()
})
beforeEach(() => {
  answers['orders'] = (_request, response) => void response.end(JSON.stringify(currentRequest()?.traceparent))
  answers['inventory'] = (request, response) => {
    const { traceId, traceparent, requestId, peer, deadline } = currentRequest() as RequestContext
    const { url, headers } = request
    response.end(JSON.stringify({ url, headers, traceId, traceparent, requestId, peer, deadline }))
  }
})

describe('a request that comes in', () => {
  it('is known by caller, trace, request id and deadline, as in the embedded placement', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const before = Date.now()
    const seen = await ask(orders, 'http://inventory/v1/products', {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-request-id': 'request-7',
      'x-envoy-expected-rq-timeout-ms': '2000',
      'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/meshmart/sa/gateway',
    })
    expect(seen).toMatchObject({
      url: '/v1/products',
      traceId,
      requestId: 'request-7',
      peer: 'cluster.local/ns/meshmart/sa/orders',
      headers: { host: 'inventory' },
    })
    const { headers, deadline, traceparent } = seen as Record<'headers', object> & {
      deadline: number
      traceparent: string
    }
    expect(headers).not.toHaveProperty('x-forwarded-client-cert')
    expect(deadline).toBeGreaterThan(before + 1000)
    expect(deadline).toBeLessThanOrEqual(Date.now() + 2000)
    // Two spans on the way: the caller's try and the callee's own.
    expect(traceparent).not.toContain('b7ad6b7169203331')
  })

  it('past the sidecar is nobody’s and begins a trace', async () => {
    const port = inventory.process.MESH_APP_PORTS[0]?.appPort
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(await answer.json()).toMatchObject({ peer: null, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  it('says when its caller has gone, through both sidecars', async () => {
    const gone = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    answers['inventory'] = () => {
      currentRequest()?.signal.addEventListener('abort', () => gone.resolve())
      arrived.resolve()
    }
    const leaving = new AbortController()
    const { signal } = leaving
    const asked = orders.app.dispatcher.request({ origin: 'http://inventory', path: '/', method: 'GET', signal })
    await arrived.promise
    leaving.abort()
    await expect(asked).rejects.toThrow()
    await gone.promise
  })
})

describe('a call', () => {
  it('made while a request is served goes on in its trace, under its id and within its deadline', async () => {
    const asked: unknown[] = []
    answers['orders'] = (_request, response) => {
      const { traceId, requestId, deadline } = currentRequest() as RequestContext
      asked.push({ traceId, requestId })
      expect(deadline).toBeLessThanOrEqual(Date.now() + 1500)
      response.end('{}')
    }
    answers['inventory'] = (_request, response) => {
      const { traceId, requestId } = currentRequest() as RequestContext
      asked.push({ traceId, requestId })
      void ask(inventory, 'http://orders/v1/orders').then(() => response.end('{}'))
    }
    await ask(orders, 'http://inventory/', { 'x-envoy-expected-rq-timeout-ms': '1500' })
    expect(asked).toHaveLength(2)
    expect(asked[1]).toEqual(asked[0])
  })

  it('of background work is in its trace; untraced work says that nothing is to be kept', async () => {
    const cause = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    expect(await withTrace(cause, 'handle event', () => ask(inventory, 'http://orders/'))).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/,
    )
    expect(await runInContext(UNTRACED, () => ask(inventory, 'http://orders/'))).toMatch(/-00$/)
  })

  it('carries bodies both ways, of known length and not', async () => {
    answers['inventory'] = (request, response) => request.pipe(response)
    const part = Buffer.alloc(100_000, 'x')
    const parts = async function* () {
      for (let n = 0; n < 3; n++) yield part
    }
    for (const body of [Buffer.concat([part, part, part]), parts()]) {
      const answer = await orders.app.dispatcher.request({
        origin: 'http://inventory',
        path: '/',
        method: 'POST',
        body: body as Buffer,
      })
      expect((await answer.body.arrayBuffer()).byteLength).toBe(300_000)
    }
  })

  it('to a host that nobody knows is refused by the mesh', async () => {
    const answer = await orders.app.dispatcher.request({ origin: 'http://nowhere', path: '/', method: 'GET' })
    expect(answer.statusCode).toBe(502)
    expect(await answer.body.json()).toMatchObject({ code: 'mesh-nr' })
  })
})

it('readiness is the application’s own, and a check that fails is named', async () => {
  const ready = async () => {
    const answer = await fetch(`${orders.appAdmin}/healthz/ready`)
    return [answer.status, await answer.text()]
  }
  expect(await ready()).toEqual([200, 'ready\n'])
  let fails = true
  orders.app.addReadinessCheck('database', async () => {
    if (fails) throw new Error('no connection')
  })
  expect(await ready()).toEqual([503, 'database: no connection\n'])
  fails = false
  expect(await ready()).toEqual([200, 'ready\n'])
})

it('a sidecar process that ends takes its calls with it, and one that is started again is used at once', async () => {
  await orders.sidecar.close()
  await expect(ask(orders, 'http://inventory/')).rejects.toThrow(/ECONNREFUSED|other side closed|ECONNRESET/)
  expect(mesh.isRegistered('orders-1')).toBe(false)
  orders.sidecar = await startSidecarProcess(orders.process, new RecordedLog())
  expect(await ask(orders, 'http://inventory/')).toMatchObject({ peer: 'cluster.local/ns/meshmart/sa/orders' })
  await eventually(async () => expect(mesh.isRegistered('orders-1')).toBe(true))
})

describe('what cannot be', () => {
  it('a port that is missing is named', async () => {
    const settings = { ...mesh.settings('orders', 'orders-2'), MESH_PLACEMENT: 'process' as const }
    await expect(startSidecar(settings, { log: new RecordedLog() })).rejects.toThrow(
      'settings: MESH_APP_PORT: is missing',
    )
  })

  it('an ingress gateway', async () => {
    const options = { address: '127.0.0.1', port: 0, selector: 'istio-ingressgateway' }
    await expect(orders.app.openIngress(options)).rejects.toThrow('settings: MESH_PLACEMENT: must be embedded')
  })
})
