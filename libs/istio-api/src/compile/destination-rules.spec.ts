/** Which DestinationRule holds for whom: namespaces, specificity, age, merging. */
import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, to, type Written } from '../testing/compiled.ts'

const CLUSTER = `outbound|80||${ORDERS}`
const rule = (namespace: string, name: string, spec: object, more: Partial<Written> = {}): Written => {
  return { kind: 'DestinationRule', in: namespace, name, spec: { host: ORDERS, ...spec }, ...more }
}
const timeout = (connectTimeout: string) => ({ connectionPool: { tcp: { connectTimeout } } })
const timed = (connectTimeout: string) => ({ trafficPolicy: timeout(connectTimeout) })
const timeoutIn = (client: string, ...written: Written[]) =>
  compilerFor(...written).compileOutbound(client, ORDERS)?.clusters[CLUSTER]?.connectTimeoutMs

describe('the namespaces that are asked', () => {
  const everywhere = [
    rule('other', 'client', timed('1s')),
    rule('shop', 'service', timed('2s')),
    rule('istio-system', 'root', timed('3s')),
  ]

  test('the client’s, then the service’s, then the root', () => {
    expect(timeoutIn('other', ...everywhere)).toBe(1_000)
    expect(timeoutIn('third', ...everywhere)).toBe(2_000)
    expect(timeoutIn('third', rule('istio-system', 'root', timed('3s')))).toBe(3_000)
    expect(timeoutIn('third', rule('fourth', 'stranger', timed('4s')))).toBe(10_000)
  })

  test('a client in the root namespace meets the service’s rule before the root’s, unless that is meant for it alone', () => {
    expect(timeoutIn('istio-system', ...everywhere)).toBe(2_000)
    const own = rule('istio-system', 'own', { ...timed('5s'), exportTo: ['.'] })
    expect(timeoutIn('istio-system', rule('shop', 'service', timed('2s')), own)).toBe(5_000)
  })

  test('the mesh configuration may name another root', () => {
    const compiler = compilerWith({ rootNamespace: 'roots' }, rule('roots', 'root', timed('3s')))
    expect(compiler.compileOutbound('third', ORDERS)?.clusters[CLUSTER]?.connectTimeoutMs).toBe(3_000)
  })
})

describe('exportTo', () => {
  test.each([
    [['.'], 10_000],
    [['*'], 2_000],
    [['third'], 2_000],
    [['fourth'], 10_000],
  ])('%j', (exportTo, expected) => {
    expect(timeoutIn('third', rule('shop', 'service', { ...timed('2s'), exportTo }))).toBe(expected)
  })

  test('the mesh configuration’s default makes them private', () => {
    const compiler = compilerWith({ defaultDestinationRuleExportTo: ['.'] }, rule('shop', 'service', timed('2s')))
    const seen = (client: string) => compiler.compileOutbound(client, ORDERS)?.clusters[CLUSTER]?.connectTimeoutMs
    expect([seen('shop'), seen('third')]).toEqual([2_000, 10_000])
  })
})

test('within a namespace the exact host, then the longest wildcard', () => {
  const rules = [
    rule('shop', 'wide', { host: '*.local', ...timed('1s') }),
    rule('shop', 'narrow', { host: '*.shop.svc.cluster.local', ...timed('2s') }),
  ]
  expect(timeoutIn('shop', ...rules)).toBe(2_000)
  expect(timeoutIn('shop', ...rules, rule('shop', 'exact', timed('3s')))).toBe(3_000)
  // A wildcard near the client goes before an exact host farther away.
  expect(
    timeoutIn('other', rule('other', 'mine', { host: '*', ...timed('4s') }), rule('shop', 'exact', timed('3s'))),
  ).toBe(4_000)
})

describe('several rules of one host', () => {
  const v = (name: string, connectTimeout?: string) => ({
    name,
    labels: { version: name },
    ...(connectTimeout && { trafficPolicy: timeout(connectTimeout) }),
  })

  test('subsets of all of them; a subset that is there twice is the older one’s; the policy of the oldest that has one', () => {
    const compiler = compilerFor(
      rule('shop', 'a', { subsets: [v('v1', '1s'), v('v2')] }, { createdAt: '2026-02-01T00:00:00Z' }),
      rule('shop', 'b', { ...timed('7s'), subsets: [v('v1', '2s'), v('v3')] }, { createdAt: '2026-01-01T00:00:00Z' }),
      rule('shop', 'c', { ...timed('8s'), subsets: [v('v4')] }, { createdAt: '2026-03-01T00:00:00Z' }),
      {
        kind: 'VirtualService',
        spec: {
          hosts: ['orders'],
          http: ['v1', 'v2', 'v3', 'v4'].map((subset) => ({
            match: [{ uri: { exact: `/${subset}` } }],
            ...to('orders', { subset }),
          })),
        },
      },
    )
    const clusters = compiler.compileOutbound('shop', ORDERS)?.clusters ?? {}
    expect(Object.values(clusters).map(({ subset, connectTimeoutMs }) => [subset, connectTimeoutMs])).toEqual([
      ['v1', 2_000],
      ['v2', 7_000],
      ['v3', 7_000],
      ['v4', 7_000],
    ])
    expect(compiler.model.destinationRules.find(ORDERS, 'shop', 'shop', {})?.from).toEqual([
      'shop/b',
      'shop/a',
      'shop/c',
    ])
  })

  test('of the same age the name decides; a time with an offset is compared as a time', () => {
    expect(timeoutIn('shop', rule('shop', 'b', timed('2s')), rule('shop', 'a', timed('1s')))).toBe(1_000)
    const later = rule('shop', 'a', timed('1s'), { createdAt: '2026-01-01T01:30:00+01:00' })
    const earlier = rule('shop', 'b', timed('2s'), { createdAt: '2026-01-01T00:29:59.5Z' })
    expect(timeoutIn('shop', later, earlier)).toBe(2_000)
  })

  test('a rule for workloads goes before one for everybody, in its own namespace alone', () => {
    const compiler = compilerFor(
      rule('shop', 'a', timed('1s')),
      rule('shop', 'b', { ...timed('2s'), workloadSelector: { matchLabels: { app: 'web' } } }),
    )
    const find = (client: string, labels: Record<string, string>) =>
      compiler.model.destinationRules.find(ORDERS, client, 'shop', labels)?.from
    expect(find('shop', { app: 'web' })).toEqual(['shop/b'])
    expect(find('shop', {})).toEqual(['shop/a'])
    expect(find('other', { app: 'web' })).toEqual(['shop/a'])
  })
})

test('a subset that nobody defines is a cluster that does not exist, and is told so', () => {
  const spec = { hosts: ['orders'], http: [to('orders', { subset: 'gone' })] }
  const snapshot = compilerFor({ kind: 'VirtualService', spec }).compileOutbound('shop', ORDERS)
  expect(snapshot).toMatchObject({ clusters: {}, absent: [`outbound|80|gone|${ORDERS}`] })
})

describe('what the mesh configuration and others add', () => {
  const of = (mesh: object, ...written: Written[]) =>
    compilerWith(mesh, ...written).compileOutbound('shop', ORDERS)?.clusters[CLUSTER]

  test('connectTimeout, and a locality setting that a rule’s own replaces as a whole', () => {
    const localityLbSetting = { failover: [{ from: 'eu', to: 'us' }] }
    const outliers = { outlierDetection: { consecutive5xxErrors: 1 } }
    expect(of({ connectTimeout: '4s' })?.connectTimeoutMs).toBe(4_000)
    expect(of({ localityLbSetting }, rule('shop', 'a', { trafficPolicy: outliers }))?.locality).toEqual(
      localityLbSetting,
    )
    const own = { failoverPriority: ['topology.istio.io/network'] }
    const trafficPolicy = { ...outliers, loadBalancer: { localityLbSetting: own } }
    expect(of({ localityLbSetting }, rule('shop', 'a', { trafficPolicy }))?.locality).toEqual(own)
    expect(
      of({ localityLbSetting: { enabled: false } }, rule('shop', 'a', { trafficPolicy: outliers }))?.locality,
    ).toBeUndefined()
  })

  test('no mutual TLS towards a namespace where PeerAuthentication switches it off, unless a rule says so', () => {
    const off = (namespace: string): Written => {
      return { kind: 'PeerAuthentication', in: namespace, spec: { mtls: { mode: 'DISABLE' } } }
    }
    expect(of({}, off('shop'))?.tls).toBe('DISABLE')
    expect(of({}, off('istio-system'))?.tls).toBe('DISABLE')
    expect(of({}, off('other'))?.tls).toBe('ISTIO_MUTUAL')
    const mutual = rule('shop', 'a', { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })
    expect(of({}, off('shop'), mutual)?.tls).toBe('ISTIO_MUTUAL')
  })
})
