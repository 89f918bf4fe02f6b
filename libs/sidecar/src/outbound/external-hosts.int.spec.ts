/** Hosts of ServiceEntries through the whole sidecar: endpoints without identity, with a name for an address, or none at all; DestinationRules for some callers. */
import http from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Endpoint } from '@meshmart/mesh-policy'
import { fetch } from 'undici'
import { eventually } from '../testing/eventually.ts'
import { TestMesh, type RunningWorkload } from '../testing/mesh.ts'
import { clusterOf, routeTo } from '../testing/snapshots.ts'

let mesh: TestMesh
let web: RunningWorkload
let outside: http.Server
let port: number

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  outside = http.createServer((request, response) => response.end(`outside ${request.headers.host}`))
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  const address = outside.address()
  port = address === null || typeof address === 'string' ? 0 : address.port
  mesh = await TestMesh.start(binary)
  web = await mesh.run('web', 'web-1')
})
afterAll(async () => {
  await mesh.stop()
  outside.close()
})

async function get(url: string): Promise<string> {
  const response = await fetch(url, { dispatcher: web.sidecar.dispatcher })
  return `${response.status} ${await response.text()}`
}

const external = (address: string): Endpoint => ({
  instance: 'api-0',
  address,
  ports: { '80': port },
  identity: '',
  transport: 'plaintext',
  labels: {},
  locality: '',
  weight: 1,
})

it('reaches an endpoint that has a name for an address, without an identity of the mesh', async () => {
  const host = 'api.example.com'
  const cluster = clusterOf(host, { tls: 'DISABLE' })
  await mesh.put(`endpoints.${host}`, { host, endpoints: [external('localhost')] })
  await mesh.put(`outbound.meshmart.${host}`, {
    host,
    namespace: 'meshmart',
    routes: [routeTo(host)],
    clusters: { [cluster.name]: cluster },
  })
  await eventually(async () => expect(await get(`http://${host}/`)).toBe(`200 outside ${host}`))
})

it('connects to the address and port that were asked for where the entry resolves nothing', async () => {
  const host = '127.0.0.1'
  const cluster = clusterOf(host, {
    name: `outbound|${port}||${host}`,
    port,
    tls: 'DISABLE',
    loadBalancer: 'PASSTHROUGH',
  })
  await mesh.put(`endpoints.${host}`, { host, endpoints: [] })
  await mesh.put(`outbound.meshmart.${host}`, {
    host,
    namespace: 'meshmart',
    routes: [routeTo(host, { match: [{ port }], destinations: [{ cluster: cluster.name, weight: 100 }] })],
    clusters: { [cluster.name]: cluster },
  })
  await eventually(async () => expect(await get(`http://${host}:${port}/`)).toBe(`200 outside ${host}:${port}`))
  expect(await get(`http://${host}:${port + 1}/`)).toMatch(/^404 /)
})

it('passes to a host that nobody describes, at whatever port was asked for, where the policy lets it', async () => {
  const host = '127.0.0.2'
  const cluster = clusterOf(host, {
    name: `PassthroughCluster|${host}`,
    tls: 'DISABLE',
    loadBalancer: 'PASSTHROUGH',
    portOfRequest: true,
  })
  const there = http.createServer((request, response) => response.end(`passed ${request.headers.host}`))
  await new Promise<void>((resolve) => there.listen(0, host, resolve))
  const address = there.address()
  const at = address === null || typeof address === 'string' ? 0 : address.port
  await mesh.put(`endpoints.${host}`, { host, endpoints: [] })
  await mesh.put(`outbound.meshmart.${host}`, {
    host,
    namespace: 'meshmart',
    routes: [routeTo(host, { name: 'allow_any', destinations: [{ cluster: cluster.name, weight: 100 }] })],
    clusters: { [cluster.name]: cluster },
  })
  await eventually(async () => expect(await get(`http://${host}:${at}/`)).toBe(`200 passed ${host}:${at}`))
  there.close()
})

it('is told of a cluster that does not exist, and that a Sidecar hides the host from it', async () => {
  const host = 'absent.example.com'
  const put = (more: object): Promise<number> =>
    mesh.put(`outbound.meshmart.${host}`, {
      host,
      namespace: 'meshmart',
      routes: [routeTo(host)],
      clusters: {},
      absent: [clusterOf(host).name],
      ...more,
    })
  await put({})
  await eventually(async () => expect(await get(`http://${host}/`)).toMatch(/^503 .*mesh-nc/))
  await put({ viewsFor: [{ labels: { app: 'web' }, view: null }] })
  await eventually(async () => expect(await get(`http://${host}/`)).toMatch(/^502 .*mesh-nr/))
})

it('follows a DestinationRule that is for its own labels, and none that is for others’', async () => {
  const host = 'rules.example.com'
  const cluster = clusterOf(host, { tls: 'DISABLE' })
  const full = { ...cluster, connectionPool: { maxRequests: 0 } }
  const publish = async (app: string): Promise<void> => {
    await mesh.put(`outbound.meshmart.${host}`, {
      host,
      namespace: 'meshmart',
      routes: [routeTo(host, { retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] } })],
      clusters: { [cluster.name]: cluster },
      clustersFor: [{ labels: { app }, clusters: { [cluster.name]: full } }],
    })
  }
  await mesh.put(`endpoints.${host}`, { host, endpoints: [external('127.0.0.1')] })
  await publish('other')
  await eventually(async () => expect(await get(`http://${host}/`)).toMatch(/^200 /))
  await publish('web')
  await eventually(async () => expect(await get(`http://${host}/`)).toMatch(/^503 .*mesh-uo/))
  await publish('other')
  await eventually(async () => expect(await get(`http://${host}/`)).toMatch(/^200 /))
})
