import { describe, expect, test } from 'vitest'
import { parseResources } from '../parse.ts'
import { createCompiler } from './compiler.ts'
import type { MeshService } from './service.ts'

const service = (namespace: string, name: string, ports = [80]): MeshService => {
  return { host: `${name}.${namespace}.svc.cluster.local`, namespace, name, ports, accounts: [] }
}
const SERVICES = [service('shop', 'orders'), service('shop', 'web', [8080]), service('other', 'orders')]

interface Written {
  readonly kind: 'VirtualService' | 'DestinationRule' | 'Gateway' | 'PeerAuthentication' | 'AuthorizationPolicy'
  readonly in?: string
  readonly name?: string
  readonly spec: object
}
/** Resources go through the reader, as everywhere else. */
function compilerFor(...written: Written[]) {
  const resources = written.flatMap(({ kind, in: namespace = 'shop', name = 'test', spec }) => {
    const group = kind.endsWith('Authentication') || kind.endsWith('Policy') ? 'security' : 'networking'
    const document = { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace }, spec }
    const read = parseResources(JSON.stringify(document), 'test.yaml')
    expect(read.problems).toEqual([])
    return read.resources
  })
  return createCompiler({ resources, services: SERVICES })
}
const to = (host: string, more: object = {}) => ({ route: [{ destination: { host, ...more } }] })
const ORDERS = 'orders.shop.svc.cluster.local'

describe('outbound', () => {
  test('without any resource: everything to the host, no timeout, default retries', () => {
    expect(compilerFor().compileOutbound('shop', ORDERS)).toEqual({
      host: ORDERS,
      namespace: 'shop',
      routes: [
        {
          name: 'default',
          source: 'default',
          match: [],
          destinations: [{ cluster: `outbound|80||${ORDERS}`, weight: 100 }],
          timeoutMs: 0,
          retries: {
            attempts: 2,
            perTryTimeoutMs: 0,
            retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
          },
        },
      ],
      clusters: {
        [`outbound|80||${ORDERS}`]: {
          name: `outbound|80||${ORDERS}`,
          host: ORDERS,
          port: 80,
          subset: null,
          subsetLabels: {},
          loadBalancer: 'LEAST_REQUEST',
          tls: 'ISTIO_MUTUAL',
          connectTimeoutMs: 10_000,
          outlierDetection: null,
        },
      },
    })
  })

  test('a host that nobody has is null', () => {
    expect(compilerFor().compileOutbound('shop', 'nobody.shop.svc.cluster.local')).toBeNull()
  })

  test('the only port of a service is taken where none is named', () => {
    const snapshot = compilerFor().compileOutbound('shop', 'web.shop.svc.cluster.local')
    expect(Object.keys(snapshot?.clusters ?? {})).toEqual(['outbound|8080||web.shop.svc.cluster.local'])
  })

  test('short names belong to the namespace of the resource', () => {
    const compiler = compilerFor({
      kind: 'VirtualService',
      in: 'other',
      spec: { hosts: ['orders'], http: [to('orders')] },
    })
    expect(compiler.compileOutbound('shop', ORDERS)?.routes[0]?.source).toBe('default')
    expect(compiler.compileOutbound('shop', 'orders.other.svc.cluster.local')?.routes[0]?.source).toBe(
      'VirtualService other/test',
    )
  })

  test('weights, subsets, and the policy of a subset over that of the rule', () => {
    const compiler = compilerFor(
      {
        kind: 'VirtualService',
        spec: {
          hosts: ['orders'],
          http: [
            {
              route: [
                { destination: { host: 'orders', subset: 'v1' }, weight: 90 },
                { destination: { host: 'orders', subset: 'v2' }, weight: 10 },
                { destination: { host: 'orders', subset: 'v3' } },
              ],
            },
          ],
        },
      },
      {
        kind: 'DestinationRule',
        spec: {
          host: 'orders',
          trafficPolicy: { loadBalancer: { simple: 'RANDOM' }, outlierDetection: { consecutive5xxErrors: 2 } },
          subsets: [
            { name: 'v1', labels: { version: 'v1' } },
            { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } },
          ],
        },
      },
    )
    const snapshot = compiler.compileOutbound('other', ORDERS)
    expect(snapshot?.routes[0]?.destinations).toEqual([
      { cluster: `outbound|80|v1|${ORDERS}`, weight: 90 },
      { cluster: `outbound|80|v2|${ORDERS}`, weight: 10 },
      { cluster: `outbound|80|v3|${ORDERS}`, weight: 0 },
    ])
    expect(snapshot?.clusters[`outbound|80|v1|${ORDERS}`]).toMatchObject({
      loadBalancer: 'RANDOM',
      subsetLabels: { version: 'v1' },
      outlierDetection: {
        consecutive5xxErrors: 2,
        intervalMs: 10_000,
        baseEjectionTimeMs: 30_000,
        maxEjectionPercent: 10,
      },
    })
    expect(snapshot?.clusters[`outbound|80|v2|${ORDERS}`]?.loadBalancer).toBe('ROUND_ROBIN')
    expect(snapshot?.clusters[`outbound|80|v3|${ORDERS}`]).toBeUndefined()
  })

  test('conditions: presence of a header, regex, ignoreUriCase', () => {
    const match = [{ uri: { regex: '/a.*' }, ignoreUriCase: true, headers: { 'x-a': {} } }]
    const compiler = compilerFor({
      kind: 'VirtualService',
      spec: { hosts: ['orders'], http: [{ match, ...to('orders') }] },
    })
    expect(compiler.compileOutbound('shop', ORDERS)?.routes[0]?.match).toEqual([
      { uri: { kind: 'regex', value: '/a.*' }, ignoreUriCase: true, headers: { 'x-a': { kind: 'prefix', value: '' } } },
    ])
  })

  test('the exact host speaks before the wildcard; one for a gateway only does not speak inside', () => {
    const all = {
      kind: 'VirtualService',
      name: 'all',
      spec: { hosts: ['*.shop.svc.cluster.local'], http: [to('web')] },
    } as const
    const exact = { kind: 'VirtualService', name: 'exact', spec: { hosts: ['orders'], http: [to('orders')] } } as const
    const edge = {
      kind: 'VirtualService',
      name: 'edge',
      spec: { hosts: ['orders'], gateways: ['gw'], http: [to('web')] },
    } as const
    const source = compilerFor(edge, all, exact).compileOutbound('shop', ORDERS)?.routes[0]?.source
    expect(source).toBe('VirtualService shop/exact')
    expect(compilerFor(edge).compileOutbound('shop', ORDERS)?.routes[0]?.source).toBe('default')
  })

  test('the DestinationRule of the caller goes before that of the service, that before the root namespace', () => {
    const rule = (namespace: string, simple: string): Written => {
      return {
        kind: 'DestinationRule',
        in: namespace,
        spec: { host: ORDERS, trafficPolicy: { loadBalancer: { simple } } },
      }
    }
    const rules = [rule('istio-system', 'RANDOM'), rule('shop', 'ROUND_ROBIN'), rule('other', 'PASSTHROUGH')]
    const chosen = (namespace: string, ...among: Written[]) =>
      compilerFor(...among).compileOutbound(namespace, ORDERS)?.clusters[`outbound|80||${ORDERS}`]?.loadBalancer
    expect(chosen('other', ...rules)).toBe('PASSTHROUGH')
    expect(chosen('third', ...rules)).toBe('ROUND_ROBIN')
    expect(chosen('third', ...rules.slice(0, 1))).toBe('RANDOM')
  })

  test.each([
    ['shop', 'orders', ORDERS],
    ['other', 'orders', 'orders.other.svc.cluster.local'],
    ['other', 'Orders.shop', ORDERS],
    ['other', 'orders.shop.svc', ORDERS],
    ['other', ORDERS, ORDERS],
    ['other', 'nobody', null],
  ])('in %s, %s is %s', (namespace, name, host) => {
    expect(compilerFor().resolveHost(namespace, name)).toBe(host)
  })
})

describe('inbound', () => {
  const mtls = (namespace: string, mode: string, app?: string): Written => ({
    kind: 'PeerAuthentication',
    in: namespace,
    name: `${mode}-${app ?? 'all'}`.toLowerCase(),
    spec: { mtls: { mode }, ...(app !== undefined && { selector: { matchLabels: { app } } }) },
  })
  const modeFor = (...written: Written[]) =>
    compilerFor(...written).compileInbound('shop', 'orders', { app: 'orders' }).peerAuthentication.mode

  test('STRICT where nobody speaks; else workload before namespace before root', () => {
    expect(modeFor()).toBe('STRICT')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'))).toBe('PERMISSIVE')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'), mtls('shop', 'DISABLE'))).toBe('DISABLE')
    expect(modeFor(mtls('shop', 'DISABLE'), mtls('shop', 'PERMISSIVE', 'orders'))).toBe('PERMISSIVE')
    expect(modeFor(mtls('shop', 'DISABLE'), mtls('shop', 'PERMISSIVE', 'web'))).toBe('DISABLE')
    expect(modeFor(mtls('other', 'DISABLE'))).toBe('STRICT')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'), mtls('shop', 'UNSET'))).toBe('PERMISSIVE')
  })

  test('policies of the root namespace, the namespace and fitting selectors add up', () => {
    const policy = (namespace: string, name: string, spec: object): Written => {
      return { kind: 'AuthorizationPolicy', in: namespace, name, spec }
    }
    const compiler = compilerFor(
      policy('istio-system', 'root', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] }),
      policy('shop', 'none', {}),
      policy('shop', 'mine', { selector: { matchLabels: { app: 'orders' } }, rules: [{}] }),
      policy('shop', 'yours', { selector: { matchLabels: { app: 'web' } }, rules: [{}] }),
      policy('other', 'far', { rules: [{}] }),
    )
    expect(compiler.compileInbound('shop', 'orders', { app: 'orders' }).authorizationPolicies).toEqual([
      {
        source: 'AuthorizationPolicy istio-system/root',
        action: 'DENY',
        rules: [{ from: [], to: [{ paths: ['/admin*'] }] }],
      },
      { source: 'AuthorizationPolicy shop/none', action: 'ALLOW', rules: [] },
      { source: 'AuthorizationPolicy shop/mine', action: 'ALLOW', rules: [{ from: [], to: [] }] },
    ])
  })
})

describe('gateways', () => {
  const gateway = (namespace: string, hosts: string[], number = 80): Written => ({
    kind: 'Gateway',
    in: namespace,
    name: 'gw',
    spec: { selector: { istio: 'edge' }, servers: [{ port: { number, name: 'http', protocol: 'HTTP' }, hosts }] },
  })
  const bound = (name: string, hosts: string[], http: object[], gateways = ['gw']): Written => {
    return { kind: 'VirtualService', name, spec: { hosts, gateways, http } }
  }
  const hostsOf = (...written: Written[]) =>
    compilerFor(...written)
      .compileGateways()[0]
      ?.virtualHosts.map(({ hosts }) => hosts.join())

  test('hosts are what both sides have, the most specific first', () => {
    expect(
      hostsOf(gateway('shop', ['*.example.com']), bound('a', ['*', 'a.example.com', 'a.org'], [to('web')])),
    ).toEqual(['a.example.com', '*.example.com'])
  })

  test('another namespace is bound by its full name only', () => {
    expect(hostsOf(gateway('other', ['*']), bound('a', ['*'], [to('web')]))).toEqual([])
    expect(hostsOf(gateway('other', ['*']), bound('a', ['*'], [to('web')], ['other/gw']))).toEqual(['*'])
  })

  test('a server may keep other namespaces out', () => {
    expect(hostsOf(gateway('other', ['./*']), bound('a', ['*'], [to('web')], ['other/gw']))).toEqual([])
    expect(hostsOf(gateway('other', ['shop/*']), bound('a', ['*'], [to('web')], ['other/gw']))).toEqual(['*'])
  })

  test('VirtualServices for one host are merged, and what takes everything goes last', () => {
    const [edge] = compilerFor(
      gateway('shop', ['*'], 8080),
      bound('all', ['a.org'], [{ name: 'all', ...to('web') }]),
      bound('part', ['a.org'], [{ name: 'part', match: [{ uri: { prefix: '/p' } }], ...to('orders') }]),
    ).compileGateways()
    expect(edge?.virtualHosts).toMatchObject([
      { hosts: ['a.org'], port: 8080, routes: [{ name: 'part' }, { name: 'all' }] },
    ])
    expect(Object.keys(edge?.clusters ?? {})).toEqual([
      'outbound|8080||web.shop.svc.cluster.local',
      `outbound|80||${ORDERS}`,
    ])
  })
})
