import { describe, expect, test } from 'vitest'
import { compilerFor, ORDERS, to, type Written } from '../testing/compiled.ts'

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

  test('a destination of weight 0 beside others does not exist, as in Istio', () => {
    const snapshot = compilerFor({
      kind: 'VirtualService',
      spec: {
        hosts: ['orders'],
        http: [
          {
            route: [
              { ...to('orders').route[0], weight: 1 },
              { ...to('web').route[0], weight: 0 },
            ],
          },
        ],
      },
    }).compileOutbound('shop', ORDERS)
    expect(Object.keys(snapshot?.clusters ?? {})).toEqual([`outbound|80||${ORDERS}`])
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
