/** What the mesh configuration and policies add at the edge: claims of a token choose the route, trusted proxies are believed, Telemetry is in effect. */
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewaySnapshot } from '@meshmart/mesh-policy'
import { ISSUER, makeIssuer, type TestIssuer } from '../inbound/testing/issuer.ts'
import { eventually } from '../testing/eventually.ts'
import { freePorts } from '../testing/free-ports.ts'
import { TestMesh, type RunningWorkload } from '../testing/mesh.ts'
import { clusterOf, routeTo } from '../testing/snapshots.ts'

const OWN = 'gateway.meshmart.svc.cluster.local'
let mesh: TestMesh
let gateway: RunningWorkload
let issuer: TestIssuer
let port: number

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  issuer = await makeIssuer()
  await publish({})
  gateway = await mesh.run('gateway', 'gateway-1', (request, response) => response.end(JSON.stringify(request.headers)))
  ;[port = 0] = await freePorts(1)
  await gateway.sidecar.openIngress({ address: '127.0.0.1', port, selector: 'istio-ingressgateway' })
  await eventually(async () => expect((await get('/')).status).toBe(200))
})
afterAll(() => mesh.stop())

async function publish(more: Partial<GatewaySnapshot>): Promise<void> {
  const named = (name: string, match: object) => {
    const headers = { response: { set: { 'x-route': name } } }
    return routeTo(OWN, { name, match: [match], headers })
  }
  const staff = { path: ['group'], value: { kind: 'exact', value: 'staff' } } as const
  const snapshot: GatewaySnapshot = {
    selector: { istio: 'ingressgateway' },
    servers: [{ source: 'Gateway default/g', port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    virtualHosts: [
      {
        hosts: ['*'],
        port: 80,
        routes: [
          named('staff', { claims: [staff] }),
          named('not banned', { claims: [{ path: ['banned'], value: { kind: 'exact', value: 'yes' }, invert: true }] }),
          named('banned', {}),
        ],
      },
    ],
    inbound: {
      namespace: 'default',
      workload: 'edge',
      authorizationPolicies: [],
      requestAuthentications: [
        { source: 'RequestAuthentication default/jwt', rules: [{ issuer: ISSUER, jwks: issuer.jwks }] },
      ],
    },
    clusters: { [clusterOf(OWN).name]: clusterOf(OWN) },
    ...more,
  }
  await mesh.put('gateway.istio-ingressgateway', snapshot)
}

function get(
  path: string,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ status: number; route: string; seen: http.IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path, headers: { host: 'shop.test', ...headers }, agent: false },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => {
          const { statusCode = 0 } = response
          const seen = statusCode === 200 ? (JSON.parse(body) as http.IncomingHttpHeaders) : {}
          resolve({ status: statusCode, route: String(response.headers['x-route']), seen })
        })
      },
    )
    request.on('error', reject)
  })
}

it('takes the route that the claims of a verified token ask for', async () => {
  const bearer = async (claims: object) => ({ authorization: `Bearer ${await issuer.token({ ...claims })}` })
  expect((await get('/', await bearer({ group: ['other', 'staff'] }))).route).toBe('staff')
  expect((await get('/', await bearer({ group: 'guests' }))).route).toBe('not banned')
  expect((await get('/', await bearer({ banned: 'yes' }))).route).toBe('banned')
  expect((await get('/')).route).toBe('not banned')
  expect((await get('/', { authorization: 'Bearer forged.group.staff' })).status).toBe(401)
})

describe('proxies before the edge', () => {
  const forwarded = { 'x-forwarded-for': '9.9.9.9, 198.51.100.7', 'x-forwarded-proto': 'https' }

  it('are not believed where the mesh configuration names none', async () => {
    const { seen } = await get('/', { ...forwarded, 'x-envoy-external-address': '1.2.3.4' })
    expect(seen['x-forwarded-for']).toBe('127.0.0.1')
    expect(seen['x-forwarded-proto']).toBe('http')
    expect(seen['x-envoy-external-address']).toBeUndefined()
  })

  it('are believed as many as it names: who the client is, and how it came', async () => {
    await publish({ trustedProxies: 1 })
    await eventually(async () => {
      const { seen } = await get('/', forwarded)
      expect(seen['x-forwarded-for']).toBe('9.9.9.9, 198.51.100.7, 127.0.0.1')
      expect(seen['x-forwarded-proto']).toBe('https')
      expect(seen['x-envoy-external-address']).toBe('198.51.100.7')
    })
    const short = await get('/', { 'x-forwarded-proto': 'gopher' })
    expect(short.seen['x-forwarded-for']).toBe('127.0.0.1')
    expect(short.seen['x-forwarded-proto']).toBe('http')
    expect(short.seen['x-envoy-external-address']).toBeUndefined()
  })

  it('a policy by the client’s address asks for the one that they named', async () => {
    const rules = [{ from: [{ remoteIpBlocks: ['198.51.100.0/24'] }], to: [] }]
    const deny = { source: 'AuthorizationPolicy default/deny', action: 'DENY', rules } as const
    await publish({
      trustedProxies: 1,
      inbound: { namespace: 'default', workload: 'edge', authorizationPolicies: [deny] },
    })
    await eventually(async () => expect((await get('/', forwarded)).status).toBe(403))
    expect((await get('/', { 'x-forwarded-for': '198.51.100.7, 9.9.9.9' })).status).toBe(200)
  })
})

it('writes no line of the edge where a Telemetry switches the log off', async () => {
  const written = async (path: string): Promise<boolean> => {
    await get(path)
    await new Promise((resolve) => setTimeout(resolve, 400))
    return (await readFile(gateway.accessLogFile, 'utf8')).includes(`"GET ${path} `)
  }
  await publish({})
  await eventually(async () => expect((await get('/')).status).toBe(200))
  expect(await written('/loud')).toBe(true)
  await publish({ telemetry: { client: { accessLog: { enabled: false } } } })
  await eventually(async () => expect(await written(`/quiet-${Math.random()}`)).toBe(false))
})
