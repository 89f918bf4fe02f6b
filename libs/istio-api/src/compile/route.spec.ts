import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, STORE, to } from '../testing/compiled.ts'

const routesOf = (http: object[], host = 'orders') =>
  compilerFor({ kind: 'VirtualService', spec: { hosts: [host], http } }).compileOutbound(
    'shop',
    `${host}.shop.svc.cluster.local`,
  )?.routes ?? []
const routeOf = (http: object) => routesOf([http])[0]

describe('conditions', () => {
  test('all of them, names in lower case, presence as the empty prefix', () => {
    const match = {
      scheme: { exact: 'https' },
      method: { regex: 'GET|PUT' },
      authority: { prefix: 'a.' },
      headers: { 'X-A': { exact: '1' } },
      withoutHeaders: { 'X-B': {}, 'x-c': { regex: '*' } },
      queryParams: { Q: { exact: '1' } },
      port: 80,
      sourceLabels: { app: 'web' },
      sourceNamespace: 'shop',
    }
    expect(routeOf({ match: [match], ...to('orders') })?.match).toEqual([
      {
        scheme: { kind: 'exact', value: 'https' },
        method: { kind: 'regex', value: 'GET|PUT' },
        authority: { kind: 'prefix', value: 'a.' },
        headers: { 'x-a': { kind: 'exact', value: '1' } },
        withoutHeaders: { 'x-b': { kind: 'prefix', value: '' }, 'x-c': { kind: 'prefix', value: '' } },
        queryParams: { Q: { kind: 'exact', value: '1' } },
        port: 80,
        sourceLabels: { app: 'web' },
        sourceNamespace: 'shop',
      },
    ])
  })

  test('where gateways are named, the labels of the caller are not asked for, as in Istio', () => {
    const match = [{ gateways: ['mesh'], sourceLabels: { app: 'web' }, sourceNamespace: 'x' }]
    expect(routeOf({ match, ...to('orders') })?.match).toEqual([{}])
  })

  test('a route whose conditions are all for others is left out, and never takes everything', () => {
    expect(routesOf([{ match: [{ gateways: ['gw'] }], ...to('web') }, to('orders')])).toMatchObject([{ name: '1' }])
  })
})

describe('actions', () => {
  test.each([
    [
      { uri: '/b', redirectCode: 308 },
      { uri: '/b', status: 308 },
    ],
    [
      { scheme: 'https', authority: 'b.org', derivePort: 'FROM_REQUEST_PORT' },
      { scheme: 'https', authority: 'b.org', derivePort: 'FROM_REQUEST_PORT', status: 301 },
    ],
    [{ port: 8443 }, { port: 8443, status: 301 }],
    [{ port: 80 }, { derivePort: 'FROM_PROTOCOL_DEFAULT', status: 301 }],
  ])('redirect %j', (redirect, compiled) => {
    expect(routeOf({ redirect })).toMatchObject({ redirect: compiled, destinations: [] })
    expect(routeOf({ redirect })?.redirect).toEqual(compiled)
  })

  test.each([
    [{ status: 200, body: { string: 'hi' } }, 'hi'],
    [{ status: 503, body: { bytes: 'aMOk' } }, 'hä'],
    [{ status: 204 }, ''],
  ])('direct response %j', (directResponse, body) => {
    expect(routeOf({ directResponse })?.directResponse).toEqual({ status: directResponse.status, body })
  })

  test.each([
    [{ uri: '/b' }, { uri: '/b' }],
    [
      { authority: 'b.org', uri: '/' },
      { uri: '/', authority: 'b.org' },
    ],
    [{ uriRegexRewrite: { match: '^/a/(.*)', rewrite: '/\\1' } }, { uriRegex: { match: '^/a/(.*)', rewrite: '/\\1' } }],
  ])('rewrite %j', (rewrite, compiled) => {
    expect(routeOf({ rewrite, ...to('orders') })?.rewrite).toEqual(compiled)
  })

  test('headers of the route and of a destination; the authority is a rewrite', () => {
    const headers = {
      request: { set: { Host: 'b.org', 'X-A': '%REQ(X-B)%' }, remove: ['X-C'] },
      response: { add: { 'x-d': '1' } },
    }
    const route = routeOf({
      headers,
      route: [
        {
          destination: { host: 'orders' },
          headers: { request: { set: { ':authority': 'c.org' }, add: { 'x-e': '2' } } },
        },
      ],
    })
    expect(route?.rewrite).toEqual({ authority: 'b.org' })
    expect(route?.headers).toEqual({
      request: { set: { 'x-a': '%REQ(X-B)%' }, remove: ['x-c'] },
      response: { add: { 'x-d': '1' } },
    })
    expect(route?.destinations[0]?.headers).toEqual({ request: { add: { 'x-e': '2' } } })
    const single = { destination: { host: 'orders' }, headers: { request: { set: { host: 'c.org' } } } }
    expect(routeOf({ route: [single] })?.rewrite).toEqual({ authority: 'c.org' })
    const several = routeOf({
      route: [
        { ...single, weight: 1 },
        { destination: { host: 'web' }, weight: 1 },
      ],
    })
    expect(several?.rewrite).toBeUndefined()
    expect(several?.destinations[0]?.headers).toEqual({ request: { set: { host: 'c.org' } } })
  })

  test.each([
    [{ delay: { fixedDelay: '2s', percentage: { value: 0.5 } } }, { delay: { fixedDelayMs: 2000, percentage: 0.5 } }],
    [{ delay: { fixedDelay: '2s', percent: 5 } }, { delay: { fixedDelayMs: 2000, percentage: 5 } }],
    [
      { abort: { httpStatus: 418, percentage: { value: 100 } } },
      { abort: { httpStatus: 418, grpcStatus: null, percentage: 100 } },
    ],
    [
      { abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 1 } } },
      { abort: { httpStatus: 200, grpcStatus: 14, percentage: 1 } },
    ],
  ])('fault %j', (fault, compiled) => {
    expect(routeOf({ fault, ...to('orders') })?.fault).toEqual(compiled)
  })

  test.each([
    [{ mirror: { host: 'web' } }, [100]],
    [{ mirror: { host: 'web' }, mirrorPercentage: { value: 0.1 } }, [0.1]],
    [{ mirror: { host: 'web' }, mirrorPercent: 7 }, [7]],
    [{ mirror: { host: 'web' }, mirrorPercentage: { value: 0 }, mirrorPercent: 7 }, undefined],
    [
      { mirrors: [{ destination: { host: 'web' } }, { destination: { host: 'web' }, percentage: { value: 3 } }] },
      [100, 3],
    ],
  ])('mirror %j', (mirror, percentages) => {
    const spec = { hosts: ['orders'], http: [{ ...mirror, ...to('orders') }] }
    const snapshot = compilerFor({ kind: 'VirtualService', spec }).compileOutbound('shop', ORDERS)
    const cluster = 'outbound|80||web.shop.svc.cluster.local'
    expect(snapshot?.routes[0]?.mirrors).toEqual(percentages?.map((percentage) => ({ cluster, percentage })))
    expect(snapshot?.absent?.includes(cluster) === true).toBe(percentages !== undefined)
  })

  test('CORS, also with the old list of origins', () => {
    const corsPolicy = {
      allowOrigins: [{ regex: '.*' }],
      allowMethods: ['GET'],
      maxAge: '1m',
      unmatchedPreflights: 'IGNORE',
    }
    expect(routeOf({ corsPolicy, ...to('orders') })?.cors).toEqual({
      allowOrigins: [{ kind: 'regex', value: '.*' }],
      allowMethods: ['GET'],
      allowHeaders: [],
      exposeHeaders: [],
      maxAgeSeconds: 60,
      allowCredentials: false,
      unmatchedPreflights: 'IGNORE',
    })
    expect(routeOf({ corsPolicy: { allowOrigin: ['a'] }, ...to('orders') })?.cors?.allowOrigins).toEqual([
      { kind: 'exact', value: 'a' },
    ])
  })
})

describe('retries', () => {
  test('all of them; a number of attempts that is missing means none, as in Istio', () => {
    const retries = {
      attempts: 3,
      perTryTimeout: '2s',
      retryOn: '5xx,503',
      backoff: '10ms',
      retryIgnorePreviousHosts: false,
      retryRemoteLocalities: true,
    }
    expect(routeOf({ retries, ...to('orders') })?.retries).toEqual({
      attempts: 3,
      perTryTimeoutMs: 2000,
      retryOn: ['5xx', '503'],
      backoffMs: 10,
      ignorePreviousHosts: false,
      remoteLocalities: true,
    })
    expect(routeOf({ retries: {}, ...to('orders') })?.retries.attempts).toBe(0)
  })

  test('the default of the mesh configuration holds where a route says nothing, and where there is no route', () => {
    const mesh = { defaultHttpRetryPolicy: { attempts: 7, retryOn: 'reset' } }
    const spec = { hosts: ['orders'], http: [to('orders')] }
    for (const written of [[], [{ kind: 'VirtualService' as const, spec }]]) {
      const retries = compilerWith(mesh, ...written).compileOutbound('shop', ORDERS)?.routes[0]?.retries
      expect(retries).toMatchObject({ attempts: 7, retryOn: ['reset'] })
    }
  })

  test('with a consistent hash the same endpoint is asked again, unless the route says otherwise', () => {
    const rule = { host: 'orders', trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } } }
    const ignores = (more: object) =>
      compilerFor(
        { kind: 'DestinationRule', spec: rule },
        { kind: 'VirtualService', spec: { hosts: ['orders'], http: [{ ...more, ...to('orders') }] } },
      ).compileOutbound('shop', ORDERS)?.routes[0]?.retries.ignorePreviousHosts
    expect(ignores({})).toBe(false)
    expect(ignores({ retries: { attempts: 1, retryIgnorePreviousHosts: true } })).toBe(true)
  })
})

describe('a service with several ports', () => {
  test('each HTTP port has its own default route and cluster; the others are carried as they are', () => {
    const snapshot = compilerFor().compileOutbound('shop', STORE)
    expect(snapshot?.routes.map(({ match, destinations }) => [match, destinations[0]?.cluster])).toEqual([
      [[{ port: 80 }], `outbound|80||${STORE}`],
      [[{ port: 81 }], `outbound|81||${STORE}`],
    ])
    expect(Object.entries(snapshot?.tcp ?? {}).map(([port, { protocol }]) => [port, protocol])).toEqual([
      ['443', 'TLS'],
      ['5432', 'TCP'],
    ])
    expect(Object.keys(snapshot?.clusters ?? {})).toHaveLength(4)
  })

  test('a destination without a port is called at the port of the request', () => {
    const routes = routesOf(
      [
        { name: 'a', match: [{ uri: { exact: '/a' } }], ...to('store') },
        { name: 'b', ...to('web') },
      ],
      'store',
    )
    expect(routes.map(({ name, match, destinations }) => [name, match, destinations[0]?.cluster])).toEqual([
      ['a', [{ uri: { kind: 'exact', value: '/a' }, port: 80 }], `outbound|80||${STORE}`],
      ['a', [{ uri: { kind: 'exact', value: '/a' }, port: 81 }], `outbound|81||${STORE}`],
      ['b', [{ port: 80 }], 'outbound|80||web.shop.svc.cluster.local'],
      ['b', [{ port: 81 }], 'outbound|81||web.shop.svc.cluster.local'],
    ])
  })

  test('tcp and tls routes; what none of them takes goes to the host, but not an unknown server name', () => {
    const tcp = [
      { match: [{ port: 5432, sourceLabels: { app: 'web' } }], route: [{ destination: { host: 'orders' } }] },
    ]
    const tls = [
      { match: [{ sniHosts: ['*.shop.svc.cluster.local'], port: 443 }], route: [{ destination: { host: 'web' } }] },
    ]
    const spec = { hosts: ['*.shop.svc.cluster.local'], tcp, tls }
    const snapshot = compilerFor({ kind: 'VirtualService', spec }).compileOutbound('shop', STORE)
    expect(snapshot?.tcp?.['5432']?.routes.map(({ match, destinations }) => [match, destinations[0]?.cluster])).toEqual(
      [
        [[{ sourceLabels: { app: 'web' } }], `outbound|80||${ORDERS}`],
        [[], `outbound|5432||${STORE}`],
      ],
    )
    expect(snapshot?.tcp?.['443']?.routes.map(({ match }) => match)).toEqual([
      [{ sniHosts: ['*.shop.svc.cluster.local'] }],
    ])
    expect(snapshot?.routes.map(({ source }) => source)).toEqual(['default', 'default'])
  })
})

describe('delegation', () => {
  const compiled = (root: object, ...own: object[]) =>
    compilerFor(
      {
        kind: 'VirtualService',
        name: 'root',
        spec: { hosts: ['orders'], http: [{ ...root, delegate: { name: 'part', namespace: 'other' } }] },
      },
      { kind: 'VirtualService', in: 'other', name: 'part', spec: { http: own } },
    ).compileOutbound('shop', ORDERS)?.routes

  test("conditions narrow, settings are inherited, names join, short hosts are the delegate's", () => {
    const root = { name: 'root', match: [{ uri: { prefix: '/a' }, headers: { x: { exact: '1' } } }], timeout: '3s' }
    const own = { name: 'own', match: [{ uri: { exact: '/a/b' } }], retries: { attempts: 1 }, ...to('orders') }
    expect(compiled(root, own)).toMatchObject([
      {
        name: 'root-own',
        source: 'VirtualService shop/root',
        match: [{ uri: { kind: 'exact', value: '/a/b' }, headers: { x: { kind: 'exact', value: '1' } } }],
        timeoutMs: 3000,
        retries: { attempts: 1 },
        destinations: [{ cluster: 'outbound|80||orders.other.svc.cluster.local' }],
      },
    ])
  })

  test.each([
    [{ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }],
    [{ uri: { exact: '/a' } }, { uri: { prefix: '/a' } }],
    [{ uri: { prefix: '/a' } }, { uri: { regex: '/a.*' } }],
    [{ port: 80 }, { port: 81 }],
    [{ sourceNamespace: 'shop' }, { uri: { exact: '/a' } }],
    [{ ignoreUriCase: true }, { method: { exact: 'GET' } }],
  ])('%j leaves out a route for %j', (root, own) => {
    const routes = compiled(
      { match: [root] },
      { name: 'left out', match: [own], ...to('orders') },
      { name: 'kept', ...to('orders') },
    )
    expect(routes?.map(({ name }) => name)).toEqual(['kept'])
  })

  test('a delegate that is not there, or has hosts, takes nothing', () => {
    const spec = { hosts: ['orders'], http: [{ delegate: { name: 'gone' } }, { name: 'next', ...to('orders') }] }
    expect(compilerFor({ kind: 'VirtualService', spec }).compileOutbound('shop', ORDERS)?.routes).toMatchObject([
      { name: 'next' },
    ])
  })
})
