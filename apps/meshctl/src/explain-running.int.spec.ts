/** `meshctl explain` without files: asked of a real control plane, and compared with what real sidecars do. */
import type { RequestListener } from 'node:http'
import type { Explanation } from '@meshmart/istio-api'
import type { Sidecar } from '@meshmart/sidecar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Running } from './explain/running-mesh.ts'
import { startRunningMesh, type RunningMesh } from './testing/running-mesh.ts'
import { run } from './testing/run.ts'

const CONFIGURATION = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: inventory, namespace: meshmart }
spec: { host: inventory, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: inventory, namespace: meshmart }
spec:
  hosts: [inventory]
  http:
    - name: gone
      match: [{ uri: { prefix: /gone } }]
      directResponse: { status: 410 }
    - name: testers
      match: [{ headers: { tester: { exact: 'yes' } } }]
      rewrite: { uri: /testers/ }
      route: [{ destination: { host: inventory, subset: v2 } }]
    - name: everybody
      route: [{ destination: { host: inventory, subset: v1 } }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: inventory, namespace: meshmart }
spec:
  selector: { matchLabels: { app: inventory } }
  action: DENY
  rules: [{ to: [{ operation: { paths: [/secret] } }] }]
`
const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: meshmart }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: meshmart }
spec:
  hosts: [shop.example.com]
  gateways: [edge]
  http: [{ route: [{ destination: { host: inventory } }] }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: nobody, namespace: meshmart }
spec: {}
`
const ORDERS = 'cluster.local/ns/meshmart/sa/orders'
type Answer = Explanation & { readonly running: Running }

describe('meshctl explain of the mesh that runs', () => {
  let mesh: RunningMesh
  let orders: Sidecar
  const echo =
    (instance: string): RequestListener =>
    (request, response) =>
      void response.end(JSON.stringify({ instance, url: request.url }))
  const explain = async (...words: string[]): Promise<Answer> => {
    const { exitCode, out, error } = await mesh.meshctl('explain', '-n', 'meshmart', '-o', 'json', ...words)
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' })
    const answer: Answer = JSON.parse(out)
    return answer
  }
  const live = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await orders.dispatcher.request({ origin: 'http://inventory', path, method: 'GET', headers })
    return { status: answer.statusCode, body: await answer.body.text() }
  }

  beforeAll(async () => {
    mesh = await startRunningMesh()
    await mesh.sidecar('inventory', 'inventory-1', echo('inventory-1'), 'version=v1')
    await mesh.sidecar('inventory', 'inventory-2', echo('inventory-2'), 'version=v2')
    orders = await mesh.sidecar('orders', 'orders-1', echo('orders-1'))
    const applied = await mesh.meshctl('apply', '-f', mesh.file('inventory.yaml', CONFIGURATION), '--wait', '10s')
    expect(applied).toMatchObject({ exitCode: 0, error: '' })
  })
  afterAll(() => mesh.stop())

  it.each([
    ['/v1/products', {}, 'everybody', 'inventory-1', '/v1/products'],
    ['/v1/products', { tester: 'yes' }, 'testers', 'inventory-2', '/testers/v1/products'],
  ])('%s %o goes by route %s to %s, as it is explained', async (path, headers, route, instance, url) => {
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
    const answer = await explain('--labels', 'app=orders', '--request', `GET http://inventory${path}`, ...fields)
    expect(answer).toMatchObject({ route, upstream: { path: url }, response: null, error: null })
    const [endpoint] = answer.destinations[0]?.endpoints ?? []
    const replica = answer.running.replicas.find((each) => `${each.address}:${each.ports['80']}` === endpoint)
    expect(replica).toMatchObject({
      instance,
      ready: true,
      identity: `spiffe://${ORDERS.replace('orders', 'inventory')}`,
    })
    expect(JSON.parse((await live(path, headers)).body)).toEqual({ instance, url })
  })

  it('an answer of the mesh itself, and a host that nobody knows', async () => {
    const gone = await explain('--request', 'GET http://inventory/gone')
    expect(gone.response?.status).toBe((await live('/gone')).status)
    expect((await explain('--request', 'GET http://nobody/')).response?.status).toBe(502)
  })

  it('at the workload that is called: by its labels, or by the port of one replica', async () => {
    for (const path of ['/secret', '/v1/products']) {
      const words = ['--side', 'inbound', '--mtls', ORDERS, '--labels', 'app=inventory']
      const answer = await explain(...words, '--request', `GET http://inventory${path}`)
      expect(answer.response?.status ?? 200).toBe((await live(path)).status)
      const [replica] = (await explain('--request', 'GET http://inventory/')).running.replicas
      const port = replica?.ports['80']
      const url = `http://${replica?.address}:${port}${path}`
      const byPort = await explain('--side', 'inbound', '--mtls', ORDERS, '--request', `GET ${url}`)
      expect(byPort.authorization).toEqual(answer.authorization)
      expect(byPort.listener?.port).toBe(port)
    }
  })

  it('a policy speaks of the workload’s port: that of one replica, and not of its service', async () => {
    const { running } = await explain('--request', 'GET http://inventory/')
    const port = running.replicas[0]?.ports['80']
    const policy = (asked: string): string => `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: port, namespace: meshmart }
spec:
  selector: { matchLabels: { app: inventory } }
  action: DENY
  rules: [{ to: [{ operation: { ports: ['${asked}'] } }] }]
`
    for (const [asked, status] of [
      ['80', 200],
      [String(port), 403],
    ] as const) {
      await mesh.meshctl('apply', '-f', mesh.file('port.yaml', policy(asked)), '--wait', '10s')
      const words = ['--side', 'inbound', '--mtls', ORDERS, '--request', `GET http://127.0.0.1:${port}/v1/products`]
      expect((await explain(...words)).response?.status ?? 200).toBe(status)
      expect((await live('/v1/products')).status).toBe(status)
      expect((await live('/v1/products', { tester: 'yes' })).status).toBe(200)
    }
    await mesh.meshctl('delete', '-f', `${mesh.directory}/port.yaml`, '--wait', '10s')
  })

  it('at the edge: a policy without a selector means the services of its namespace, and not the edge', async () => {
    await mesh.meshctl('apply', '-f', mesh.file('gateway.yaml', GATEWAY))
    const answer = await explain(
      '--side=gateway',
      '--labels=istio=ingressgateway',
      '--request=GET http://shop.example.com:80/v1/products',
    )
    expect(answer).toMatchObject({ gateway: 'meshmart/edge', authorization: { decision: 'ALLOW' }, response: null })
  })

  it('says in words of which revision, and who would answer', async () => {
    const { out } = await mesh.meshctl('explain', '-n', 'meshmart', '--request', 'GET http://inventory/')
    expect(out).toMatch(/goes to +outbound\|80\|v1\|inventory/)
    expect(out).toMatch(
      /inventory-1 +ready +80 at 127\.0\.0\.1:\d+ +version=v1,app=inventory +spiffe:\/\/cluster\.local/,
    )
    expect(out).toMatch(/Asked of control-plane-1: revision \d+, folder [0-9a-f]{12}\n$/)
  })

  it('an identity that is denied is refused, and sent to no more', async () => {
    await mesh.meshctl('certs', 'deny', `spiffe://${ORDERS}`, '--reason', 'test')
    const words = ['--side', 'inbound', '--mtls', ORDERS, '--labels', 'app=inventory']
    const answer = await explain(...words, '--request', 'GET http://inventory/v1/products')
    expect(answer).toMatchObject({ error: 'TlsError', mtls: { passes: false } })
    expect(answer.mtls?.reason).toContain('is denied')
    const called = await explain('--request', 'GET http://orders/')
    expect(called.destinations[0]?.endpoints).toEqual([])
    expect(called.running.replicas).toMatchObject([{ instance: 'orders-1', ready: false }])
    await expect.poll(async () => (await live('/v1/products').catch(() => ({ status: 0 }))).status).not.toBe(200)
  })

  it('ends with 3 where nobody answers', async () => {
    const nobody = [
      '--control-plane',
      'https://127.0.0.1:1',
      '--token-file',
      `${mesh.directory}/tokens/meshmart-system.operator`,
    ]
    const roots = ['--root-cert', `${mesh.directory}/public/root.pem`]
    expect((await run(['explain', '--request', 'GET http://inventory/', ...nobody, ...roots])).exitCode).toBe(3)
  })
})
