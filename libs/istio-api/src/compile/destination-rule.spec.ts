import { describe, expect, test } from 'vitest'
import { compilerFor, ORDERS, STORE, type Written } from '../testing/compiled.ts'

const rule = (spec: object, more: Partial<Written> = {}): Written => ({
  kind: 'DestinationRule',
  spec: { host: 'orders', ...spec },
  ...more,
})
const clusterOf = (trafficPolicy: object, annotations: object = {}) =>
  compilerFor(rule({ trafficPolicy }, { annotations })).compileOutbound('shop', ORDERS)?.clusters[
    `outbound|80||${ORDERS}`
  ]

describe('load balancing', () => {
  test.each([
    ['LEAST_CONN', 'LEAST_REQUEST'],
    ['UNSPECIFIED', 'LEAST_REQUEST'],
    ['PASSTHROUGH', 'PASSTHROUGH'],
  ])('%s is %s', (simple, loadBalancer) => {
    expect(clusterOf({ loadBalancer: { simple } })?.loadBalancer).toBe(loadBalancer)
  })

  test.each([
    [{ httpHeaderName: 'X-User' }, { kind: 'header', name: 'x-user' }, { kind: 'RING_HASH', minimumRingSize: 1024 }],
    [
      { httpCookie: { name: 'u', ttl: '0s' }, ringHash: { minimumRingSize: 10 } },
      { kind: 'cookie', name: 'u', path: '', ttlSeconds: 0 },
      { kind: 'RING_HASH', minimumRingSize: 10 },
    ],
    [
      { httpQueryParameterName: 'Q', minimumRingSize: 7 },
      { kind: 'query', name: 'Q' },
      { kind: 'RING_HASH', minimumRingSize: 7 },
    ],
    [{ useSourceIp: true, maglev: { tableSize: 65537 } }, { kind: 'sourceIp' }, { kind: 'MAGLEV', tableSize: 65_537 }],
  ])('consistent hash %j', (consistentHash, on, algorithm) => {
    expect(clusterOf({ loadBalancer: { consistentHash } })?.consistentHash).toEqual({ on, algorithm })
  })

  test.each([
    [{ warmup: { duration: '1m' } }, { windowMs: 60_000, minimumPercent: 10, aggression: 1 }],
    [
      { warmup: { duration: '1m', minimumPercent: 5, aggression: 2 } },
      { windowMs: 60_000, minimumPercent: 5, aggression: 2 },
    ],
    [{ warmupDurationSecs: '30s' }, { windowMs: 30_000, minimumPercent: 10, aggression: 1 }],
  ])('warm-up %j', (loadBalancer, slowStart) => {
    expect(clusterOf({ loadBalancer: { simple: 'ROUND_ROBIN', ...loadBalancer } })?.slowStart).toEqual(slowStart)
  })

  test('localities: on with outlier detection, off when it is said, and as written', () => {
    const outlierDetection = {}
    expect(clusterOf({ outlierDetection })?.locality).toEqual({})
    expect(clusterOf({ connectionPool: { tcp: {} } })?.locality).toBeUndefined()
    expect(
      clusterOf({ outlierDetection, loadBalancer: { localityLbSetting: { enabled: false } } })?.locality,
    ).toBeUndefined()
    const distribute = [{ from: 'eu/*', to: { 'eu/a': 80, 'eu/b': 20 } }]
    expect(clusterOf({ loadBalancer: { localityLbSetting: { distribute } } })?.locality).toEqual({ distribute })
    const failover = { failover: [{ from: 'eu', to: 'us' }], failoverPriority: ['rack'] }
    expect(clusterOf({ outlierDetection, loadBalancer: { localityLbSetting: failover } })?.locality).toEqual(failover)
  })
})

test('connection pool: the HTTP idle timeout goes before the one of TCP; 0 is no limit', () => {
  const tcp = { maxConnections: 5, idleTimeout: '1m', maxConnectionDuration: '1h', tcpKeepalive: { time: '30s' } }
  const http = {
    http1MaxPendingRequests: 6,
    http2MaxRequests: 7,
    maxRequestsPerConnection: 8,
    maxRetries: 9,
    idleTimeout: '2m',
  }
  const common = { maxConnections: 5, maxConnectionDurationMs: 3_600_000, tcpKeepaliveMs: 30_000 }
  expect(clusterOf({ connectionPool: { tcp, http } })?.connectionPool).toEqual({
    ...common,
    maxPendingRequests: 6,
    maxRequests: 7,
    maxRequestsPerConnection: 8,
    maxRetries: 9,
    idleTimeoutMs: 120_000,
  })
  expect(clusterOf({ connectionPool: { tcp } })?.connectionPool).toEqual({ ...common, idleTimeoutMs: 60_000 })
  expect(clusterOf({ connectionPool: { tcp: { maxConnections: 0 } } })?.connectionPool).toBeUndefined()
})

test('outlier detection, with the success rate in an annotation, and the retry budget', () => {
  const outlierDetection = {
    consecutive5xxErrors: 0,
    consecutiveGatewayErrors: 2,
    splitExternalLocalOriginErrors: true,
    maxEjectionPercent: 0,
    minHealthPercent: 30,
  }
  const annotations = { 'meshmart.io/outlier-success-rate': '{"requestVolume": 50}' }
  expect(clusterOf({ outlierDetection, retryBudget: { percent: 25 } }, annotations)).toMatchObject({
    outlierDetection: {
      consecutive5xxErrors: 0,
      consecutiveGatewayErrors: 2,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 5,
      maxEjectionPercent: 10,
      minHealthPercent: 30,
      successRate: { minimumHosts: 5, requestVolume: 50, stdevFactor: 1900 },
    },
    retryBudget: { percent: 25, minRetryConcurrency: 3 },
  })
})

test.each([
  [{ mode: 'DISABLE' }, 'DISABLE', undefined],
  [{}, 'DISABLE', undefined],
  [{ mode: 'ISTIO_MUTUAL' }, 'ISTIO_MUTUAL', undefined],
  [
    { mode: 'SIMPLE', sni: 'a.org', subjectAltNames: ['a.org'], caCertificates: '/ca.pem' },
    'SIMPLE',
    { sni: 'a.org', subjectAltNames: ['a.org'], caCertificates: '/ca.pem', insecureSkipVerify: false },
  ],
  [
    { mode: 'MUTUAL', clientCertificate: '/c', privateKey: '/k', insecureSkipVerify: true },
    'MUTUAL',
    { subjectAltNames: [], clientCertificate: '/c', privateKey: '/k', insecureSkipVerify: true },
  ],
])('tls %j', (written, tls, tlsSettings) => {
  expect(clusterOf({ tls: written })?.tls).toBe(tls)
  expect(clusterOf({ tls: written })?.tlsSettings).toEqual(tlsSettings)
})

describe('which policy holds', () => {
  const wide = {
    loadBalancer: { simple: 'RANDOM' },
    connectionPool: { tcp: { connectTimeout: '1s' } },
    retryBudget: { percent: 9 },
  }
  const cluster = (port: number, subset: string | null, spec: object) => {
    const destination = { host: 'store', port: { number: port }, ...(subset !== null && { subset }) }
    return compilerFor(rule({ host: 'store', ...spec }), {
      kind: 'VirtualService',
      spec: { hosts: ['store'], http: [{ route: [{ destination }] }] },
    }).compileOutbound('shop', STORE)?.clusters[`outbound|${port}|${subset ?? ''}|${STORE}`]
  }

  test('settings for a port stand alone: what they leave out is the default', () => {
    const portLevelSettings = [{ port: { number: 81 }, loadBalancer: { simple: 'ROUND_ROBIN' } }]
    const spec = { trafficPolicy: { ...wide, portLevelSettings } }
    expect(cluster(80, null, spec)).toMatchObject({ loadBalancer: 'RANDOM', connectTimeoutMs: 1000 })
    expect(cluster(81, null, spec)).toMatchObject({ loadBalancer: 'ROUND_ROBIN', connectTimeoutMs: 10_000 })
    expect(cluster(81, null, spec)?.retryBudget).toBeUndefined()
  })

  test('blocks of a subset replace those of the rule; its settings for a port replace all four', () => {
    const portLevelSettings = [{ port: { number: 81 }, loadBalancer: { simple: 'ROUND_ROBIN' } }]
    const subset = { name: 'v1', trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' }, portLevelSettings } }
    const spec = { trafficPolicy: wide, subsets: [subset] }
    expect(cluster(80, 'v1', spec)).toMatchObject({ loadBalancer: 'PASSTHROUGH', connectTimeoutMs: 1000 })
    expect(cluster(81, 'v1', spec)).toMatchObject({
      loadBalancer: 'ROUND_ROBIN',
      connectTimeoutMs: 10_000,
      retryBudget: { percent: 9 },
    })
  })

  test('a rule with a workloadSelector is for callers with these labels, in its own namespace', () => {
    const mine = rule(
      { trafficPolicy: { loadBalancer: { simple: 'RANDOM' } }, workloadSelector: { matchLabels: { app: 'web' } } },
      { name: 'mine' },
    )
    const compiler = compilerFor(mine, rule({ trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } }))
    const name = `outbound|80||${ORDERS}`
    const snapshot = compiler.compileOutbound('shop', ORDERS)
    expect(snapshot?.clusters[name]?.loadBalancer).toBe('ROUND_ROBIN')
    expect(snapshot?.clustersFor).toMatchObject([
      { labels: { app: 'web' }, clusters: { [name]: { loadBalancer: 'RANDOM' } } },
    ])
    expect(compiler.compileOutbound('other', ORDERS)?.clustersFor).toBeUndefined()
  })
})
