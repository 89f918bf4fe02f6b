/** What is compiled here is decided by mesh-policy: the two must mean the same by a snapshot. */
import {
  authorise,
  customAuthorizers,
  matchRoute,
  matchTcpRoute,
  preparePolicies,
  prepareRoutes,
  prepareTcpRoutes,
  type RoutableRequest,
} from '@meshmart/mesh-policy'
import { expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, STORE, to, type Written } from '../testing/compiled.ts'

const reader = { namespace: 'shop', labels: { app: 'web' }, locality: '' }
const request = (path: string, authority: string, headers: Record<string, string> = {}): RoutableRequest => {
  return { method: 'GET', path, query: '', authority, header: (name) => headers[name] }
}

test('a route with everything is prepared, and its conditions hold', () => {
  const match = {
    uri: { prefix: '/a' },
    withoutHeaders: { 'X-Not': {} },
    headers: { 'X-There': {} },
    sourceLabels: { app: 'web' },
  }
  const http = {
    name: 'all',
    match: [match],
    headers: { request: { set: { 'x-from': '%REQ(x-there)%' } } },
    rewrite: { uriRegexRewrite: { match: '^/a/(.*)', rewrite: '/\\1' }, authority: 'b.org' },
    fault: { abort: { grpcStatus: 'INTERNAL', percentage: { value: 1 } } },
    mirror: { host: 'web' },
    corsPolicy: { allowOrigins: [{ exact: 'https://a' }] },
    retries: { attempts: 2, backoff: '1ms', retryOn: 'reset,503,retriable-headers' },
    ...to('orders'),
  }
  const snapshot = compilerFor({
    kind: 'VirtualService',
    spec: { hosts: ['orders'], http: [http, { redirect: { uri: '/b', port: 80 } }] },
  }).compileOutbound('shop', ORDERS)
  const table = prepareRoutes(snapshot?.routes ?? [], reader)
  expect(matchRoute(table, request('/a/b', 'orders', { 'x-there': '' }))?.route.name).toBe('all')
  expect(matchRoute(table, request('/a/b', 'orders', { 'x-there': '1', 'x-not': '' }))?.route.name).toBe('1')
  expect(matchRoute(table, request('/a/b', 'orders'))?.route.name).toBe('1')
})

test('the port of the authority chooses among the ports of a service, and the server name among its TLS routes', () => {
  const snapshot = compilerFor().compileOutbound('shop', STORE)
  const table = prepareRoutes(snapshot?.routes ?? [], reader)
  const cluster = (authority: string) => matchRoute(table, request('/', authority))?.route.destinations[0]?.cluster
  expect(cluster('store')).toBe(`outbound|80||${STORE}`)
  expect(cluster('store:81')).toBe(`outbound|81||${STORE}`)
  const tcp = prepareTcpRoutes(snapshot?.tcp?.['5432']?.routes ?? [], reader)
  expect(matchTcpRoute(tcp, { sni: null, port: 5432, destinationIp: null })?.destinations[0]?.cluster).toBe(
    `outbound|5432||${STORE}`,
  )
})

test('policies: conditions, addresses, accounts, and whom CUSTOM asks', () => {
  const policy = (name: string, spec: object): Written => ({ kind: 'AuthorizationPolicy', name, spec })
  const envoyExtAuthzHttp = { service: ORDERS, port: 80 }
  const { authorizationPolicies } = compilerWith(
    { extensionProviders: [{ name: 'guard', envoyExtAuthzHttp }] },
    policy('ask', {
      action: 'CUSTOM',
      provider: { name: 'guard' },
      rules: [{ to: [{ operation: { paths: ['/asked'] } }] }],
    }),
    policy('lost', {
      action: 'CUSTOM',
      provider: { name: 'gone' },
      rules: [{ to: [{ operation: { paths: ['/lost'] } }] }],
    }),
    policy('allow', {
      rules: [
        {
          from: [{ source: { serviceAccounts: ['web'], ipBlocks: ['10.0.0.0/8'] } }],
          when: [{ key: 'request.headers[X-A]', values: ['1'] }],
        },
      ],
    }),
  ).compileInbound('shop', 'orders', { app: 'orders' })
  const policies = preparePolicies(authorizationPolicies)
  const asked = (path: string, sourceIp = '10.1.1.1') => ({
    principal: 'cluster.local/ns/shop/sa/web',
    port: 80,
    sourceIp,
    destinationIp: '10.0.0.1',
    sni: null,
    method: 'GET',
    path,
    host: 'orders',
    header: (name: string) => (name === 'x-a' ? '1' : undefined),
    remoteIp: sourceIp,
    requestPrincipal: null,
    jwtAudiences: [],
    jwtPresenter: null,
    jwtClaims: null,
  })
  expect(customAuthorizers(policies, asked('/asked')).map(({ name }) => name)).toEqual(['guard'])
  expect(customAuthorizers(policies, asked('/'))).toEqual([])
  expect(authorise(policies, asked('/')).decision).toBe('ALLOW')
  expect(authorise(policies, asked('/', '11.0.0.1')).decision).toBe('DENY')
  expect(authorise(policies, asked('/lost'))).toMatchObject({
    decision: 'DENY',
    policy: 'AuthorizationPolicy shop/lost',
  })
})
