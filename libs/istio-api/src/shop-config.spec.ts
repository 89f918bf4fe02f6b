/** The shop's own resources in `infra/mesh`, as the control plane will read them: nothing wrong, and each means what it was written for. */
/// <reference types="vite/types/importMeta.d.ts" />
import { authorise, matchRoute, preparePolicies, prepareRoutes, type RoutableRequest } from '@meshmart/mesh-policy'
import { describe, expect, test } from 'vitest'
import { analyse } from './analyse.ts'
import { createCompiler } from './compile/compiler.ts'
import type { MeshService } from './compile/service.ts'
import { parseResources } from './parse.ts'

const files = import.meta.glob<string>('../../../infra/mesh/**/*.yaml', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const read = Object.entries(files).map(([file, text]) => parseResources(text, file))
const resources = read.flatMap((file) => file.resources)

const service = (namespace: string, name: string): MeshService => ({
  host: `${name}.${namespace}.svc.cluster.local`,
  namespace,
  name,
  ports: [80],
  accounts: [`spiffe://cluster.local/ns/${namespace}/sa/${name}`],
})
const services = [
  ...['gateway', 'orders', 'payments', 'inventory'].map((name) => service('meshmart', name)),
  service('default', 'my-service'),
  service('meshmart-system', 'control-plane'),
]
const compiler = createCompiler({ resources, services })

test('every file is without error and without warning, alone and together', () => {
  expect(Object.keys(files)).toHaveLength(13)
  expect(read.flatMap((file) => file.problems)).toEqual([])
  expect(analyse({ resources, services })).toEqual([])
})

test('so are those of compose alone, which say where the acquirer and the mailbox are', () => {
  const own = import.meta.glob<string>('../../../infra/docker/mesh/*.yaml', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const parsed = Object.entries(own).map(([file, text]) => parseResources(text, file))
  expect(parsed.flatMap((file) => file.problems)).toEqual([])
  const all = [...resources, ...parsed.flatMap((file) => file.resources)]
  expect(all.length - resources.length).toBe(4)
  expect(analyse({ resources: all, services })).toEqual([])
})

test('paths are normalised as BASE, everywhere', () => {
  expect(compiler.compileInbound('meshmart', 'orders', { app: 'orders' }).pathNormalization).toBe('BASE')
  expect(compiler.compileGateways()[0]?.inbound).toMatchObject({ pathNormalization: 'BASE', authorizationPolicies: [] })
})

describe('the edge', () => {
  const [edge, ...others] = compiler.compileGateways()

  test('is one workload with both Gateways', () => {
    expect(others).toEqual([])
    expect(edge?.selector).toEqual({ istio: 'ingressgateway' })
    expect(edge?.servers.map(({ source, port, hosts }) => [source, port.number, hosts])).toEqual(
      expect.arrayContaining([
        ['Gateway default/my-gateway', 80, ['myapp.example.com']],
        ['Gateway meshmart/meshmart', 80, ['*']],
      ]),
    )
  })

  test('the example of the article routes its host and path, and nothing else of that host', () => {
    const [mine, everyone] = edge?.virtualHosts ?? []
    expect(mine?.hosts).toEqual(['myapp.example.com'])
    expect(mine?.routes).toEqual([
      {
        name: '0',
        source: 'VirtualService default/my-virtual-service',
        match: [{ uri: { kind: 'exact', value: '/' } }],
        destinations: [{ cluster: 'outbound|80||my-service.default.svc.cluster.local', weight: 100 }],
        timeoutMs: 0,
        retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: expect.arrayContaining(['connect-failure']) },
      },
    ])
    expect(everyone?.hosts).toEqual(['*'])
    expect(everyone?.routes.map(({ name, destinations }) => [name, destinations[0]?.cluster])).toEqual([
      ['acquirer-webhooks', 'outbound|80||payments.meshmart.svc.cluster.local'],
      ['everything', 'outbound|80||gateway.meshmart.svc.cluster.local'],
    ])
    expect(Object.keys(edge?.clusters ?? {})).toHaveLength(3)
  })
})

describe('traffic inside', () => {
  const request = (method: string, path: string): RoutableRequest => {
    return { method, path, query: '', authority: 'orders', header: () => undefined }
  }
  const outbound = (name: string) => compiler.compileOutbound('meshmart', `${name}.meshmart.svc.cluster.local`)

  test.each([
    ['orders', 'GET', '/v1/orders/7', 5_000],
    ['orders', 'GET', '/v1/orders/7/events', 86_400_000],
    ['orders', 'POST', '/v1/orders', 15_000],
    ['inventory', 'GET', '/v1/products', 3_000],
    ['payments', 'GET', '/v1/payments/7', 8_000],
  ])('%s: %s %s may take %d ms', (name, method, path, timeoutMs) => {
    const table = prepareRoutes(outbound(name)?.routes ?? [], { namespace: 'meshmart', labels: {}, locality: '' })
    expect(matchRoute(table, request(method, path))?.route.timeoutMs).toBe(timeoutMs)
  })

  test.each([
    ['orders', 2_000],
    ['inventory', 1_000],
    ['payments', 1_000],
  ])('%s is balanced and watched', (name, connectTimeoutMs) => {
    expect(outbound(name)?.clusters[`outbound|80||${name}.meshmart.svc.cluster.local`]).toMatchObject({
      loadBalancer: 'LEAST_REQUEST',
      tls: 'ISTIO_MUTUAL',
      connectTimeoutMs,
      outlierDetection: {
        consecutive5xxErrors: 3,
        intervalMs: 1000,
        baseEjectionTimeMs: 5000,
        maxEjectionPercent: 50,
      },
    })
  })
})

describe('who may do what (docs/architecture.md)', () => {
  const namespaceOf = (workload: string) => (workload === 'my-service' ? 'default' : 'meshmart')
  const inbound = (workload: string) => compiler.compileInbound(namespaceOf(workload), workload, { app: workload })
  const may = (caller: string | null, workload: string, method: string, path: string) =>
    authorise(preparePolicies(inbound(workload).authorizationPolicies), {
      principal: caller === null ? null : `cluster.local/ns/${namespaceOf(caller)}/sa/${caller}`,
      method,
      path,
      host: workload,
      port: 80,
      sourceIp: '127.0.0.1',
      destinationIp: '127.0.0.1',
      remoteIp: '127.0.0.1',
      sni: null,
      header: () => undefined,
      requestPrincipal: null,
      jwtAudiences: [],
      jwtPresenter: null,
      jwtClaims: null,
    }).decision === 'ALLOW'

  test.each([
    ['gateway', 'inventory', 'GET', '/v1/products'],
    ['gateway', 'inventory', 'GET', '/v1/products/TEA-1'],
    ['orders', 'inventory', 'GET', '/v1/products'],
    ['gateway', 'inventory', 'GET', '/v1/staff/products'],
    ['gateway', 'inventory', 'PUT', '/v1/staff/products/TEA-1'],
    ['orders', 'inventory', 'POST', '/v1/reservations'],
    ['orders', 'inventory', 'POST', '/v1/reservations/7/confirm'],
    ['orders', 'inventory', 'POST', '/v1/reservations/7/returns'],
    ['orders', 'inventory', 'POST', '/v1/reservations/ends'],
    ['orders', 'payments', 'POST', '/v1/tokens'],
    ['orders', 'payments', 'POST', '/v1/payments'],
    ['orders', 'payments', 'POST', '/v1/payments/7/capture'],
    ['orders', 'payments', 'POST', '/v1/payments/7/void'],
    ['orders', 'payments', 'POST', '/v1/payments/7/refund'],
    ['orders', 'payments', 'GET', '/v1/payments/7'],
    ['gateway', 'orders', 'POST', '/v1/orders'],
    ['gateway', 'orders', 'GET', '/v1/orders'],
    ['gateway', 'orders', 'GET', '/v1/orders/7'],
    ['gateway', 'orders', 'GET', '/v1/orders/7/events'],
    ['gateway', 'orders', 'POST', '/v1/orders/7/cancel'],
    ['gateway', 'orders', 'POST', '/v1/orders/7/returns'],
    ['gateway', 'orders', 'GET', '/v1/staff/orders'],
    ['gateway', 'orders', 'GET', '/v1/staff/orders/7'],
    ['gateway', 'orders', 'GET', '/v1/staff/figures'],
    ['gateway', 'orders', 'POST', '/v1/staff/orders/7/cancel'],
    ['gateway', 'orders', 'POST', '/v1/staff/orders/7/retry'],
    ['gateway', 'orders', 'POST', '/v1/staff/orders/7/returns'],
    ['gateway', 'my-service', 'GET', '/'],
  ])('%s may ask %s for %s %s, a stranger may not', (caller, workload, method, path) => {
    expect(may(caller, workload, method, path)).toBe(true)
    for (const stranger of [null, 'my-service', 'payments']) expect(may(stranger, workload, method, path)).toBe(false)
  })

  test.each([
    ['gateway', 'payments', 'POST', '/v1/payments'],
    ['gateway', 'inventory', 'POST', '/v1/reservations'],
    ['gateway', 'orders', 'DELETE', '/v1/orders/7'],
    ['gateway', 'orders', 'GET', '/v1/orders/7/cancel'],
    ['gateway', 'orders', 'POST', '/v1/staff/orders'],
    ['inventory', 'orders', 'GET', '/v1/staff/orders'],
    ['orders', 'inventory', 'GET', '/v1/staff/products'],
    ['orders', 'inventory', 'PUT', '/v1/staff/products/TEA-1'],
    ['gateway', 'inventory', 'PUT', '/v1/products/TEA-1'],
    ['orders', 'inventory', 'GET', '/v1/reservations/7'],
    ['orders', 'gateway', 'GET', '/'],
    ['orders', 'my-service', 'GET', '/'],
    ['orders', 'payments', 'POST', '/v1/payments/7/8/capture'],
  ])('%s may not ask %s for %s %s', (caller, workload, method, path) => {
    expect(may(caller, workload, method, path)).toBe(false)
  })

  test('everybody proves an identity', () => {
    expect(inbound('orders').peerAuthentication).toEqual({
      mode: 'STRICT',
      source: 'PeerAuthentication istio-system/default',
    })
  })
})
