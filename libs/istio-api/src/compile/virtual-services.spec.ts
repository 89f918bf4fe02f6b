/** Which VirtualService speaks for a host that a sidecar calls. */
import { matchRoute, prepareRoutes } from '@meshmart/mesh-policy'
import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, STORE, to, type Written } from '../testing/compiled.ts'
import type { Compiler } from './compiler.ts'

const speaking = (namespace: string, name: string, spec: object, more: Partial<Written> = {}): Written => {
  const destination = { route: [{ destination: { host: ORDERS, port: { number: 80 } } }] }
  return {
    kind: 'VirtualService',
    in: namespace,
    name,
    spec: { hosts: [ORDERS], http: [destination], ...spec },
    ...more,
  }
}
const source = (compiler: Compiler, client: string, host = ORDERS) =>
  compiler.compileOutbound(client, host)?.routes[0]?.source.replace('VirtualService ', '') ?? null

describe('exportTo', () => {
  test.each([
    [undefined, 'shop/v', 'shop/v'],
    [['*'], 'shop/v', 'shop/v'],
    [['.'], 'shop/v', 'default'],
    [['other'], 'default', 'shop/v'],
  ])('%j: who is in the namespace sees %s, who is in another one %s', (exportTo, inside, outside) => {
    const compiler = compilerFor(speaking('shop', 'v', { ...(exportTo && { exportTo }) }))
    expect([source(compiler, 'shop'), source(compiler, 'other')]).toEqual([inside, outside])
  })

  test('the mesh configuration’s default holds where nothing is written', () => {
    const compiler = compilerWith(
      { defaultVirtualServiceExportTo: ['.'] },
      speaking('shop', 'v', {}),
      speaking('third', 'w', { exportTo: ['*'] }),
    )
    expect([source(compiler, 'shop'), source(compiler, 'other')]).toEqual(['shop/v', 'third/w'])
  })

  test('private before exported before everybody’s, whatever their age', () => {
    const all = [
      speaking('a', 'public', {}, { createdAt: '2026-01-01T00:00:00Z' }),
      speaking('b', 'exported', { exportTo: ['shop'] }, { createdAt: '2026-02-01T00:00:00Z' }),
      speaking('shop', 'private', { exportTo: ['.'] }, { createdAt: '2026-03-01T00:00:00Z' }),
    ]
    expect(source(compilerFor(...all), 'shop')).toBe('shop/private')
    expect(source(compilerFor(...all.slice(0, 2)), 'shop')).toBe('b/exported')
  })

  test('a delegate must be visible to its root', () => {
    const root = speaking('shop', 'root', { http: [{ delegate: { name: 'leaf', namespace: 'other' } }] })
    const leaf = (exportTo: string[]): Written => {
      return speaking('other', 'leaf', { hosts: undefined, exportTo })
    }
    expect(source(compilerFor(root, leaf(['shop'])), 'shop')).toBe('shop/root')
    expect(source(compilerFor(root, leaf(['.'])), 'shop')).toBe('default')
  })
})

describe('several for one host', () => {
  test('the oldest; of the same age the name, then the namespace', () => {
    const young = speaking('shop', 'a', {}, { createdAt: '2026-02-01T00:00:00Z' })
    const old = speaking('shop', 'b', {}, { createdAt: '2026-01-01T00:00:00Z' })
    expect(source(compilerFor(young, old), 'shop')).toBe('shop/b')
    expect(source(compilerFor(speaking('b', 'v', {}), speaking('a', 'v', {})), 'shop')).toBe('a/v')
  })

  test('the exact host before the longest wildcard before the shorter one', () => {
    const wide = speaking('shop', 'wide', { hosts: ['*.cluster.local'] }, { createdAt: '2026-01-01T00:00:00Z' })
    const narrow = speaking('shop', 'narrow', { hosts: ['*.shop.svc.cluster.local'] })
    expect(source(compilerFor(wide, narrow), 'shop')).toBe('shop/narrow')
    expect(source(compilerFor(wide, narrow, speaking('shop', 'exact', {})), 'shop')).toBe('shop/exact')
  })

  test('one without routes for the port leaves it to the next, and at last to the default', () => {
    const on80 = speaking('shop', 'a', {
      hosts: [STORE],
      http: [{ match: [{ port: 80 }], ...to('store', { port: { number: 80 } }) }],
    })
    const routes = compilerFor(on80).compileOutbound('shop', STORE)?.routes ?? []
    expect(routes.map(({ match, source: from }) => [match, from])).toEqual([
      [[{ port: 80 }], 'VirtualService shop/a'],
      [[{ port: 81 }], 'default'],
    ])
  })

  test('one that is meant for other callers leaves the host to the next', () => {
    const forWeb = speaking('shop', 'a', { http: [{ match: [{ sourceLabels: { app: 'web' } }], ...to('web') }] })
    const taken = (labels: Record<string, string>, ...written: Written[]) => {
      const snapshot = compilerFor(forWeb, ...written).compileOutbound('shop', ORDERS)
      const table = prepareRoutes(snapshot?.routes ?? [], { namespace: 'shop', labels, locality: '' })
      const request = { method: 'GET', path: '/', query: '', authority: 'orders', header: () => undefined }
      return matchRoute(table, request)?.route.source
    }
    expect(taken({ app: 'web' })).toBe('VirtualService shop/a')
    expect(taken({})).toBe('default')
    expect(taken({}, speaking('shop', 'b', {}))).toBe('VirtualService shop/b')
  })
})

describe('a host that no service has', () => {
  const virtual = (hosts: string[]) => speaking('shop', 'v', { hosts })

  test('is known where a VirtualService has it, at port 80', () => {
    const snapshot = compilerFor(virtual(['www.example.com'])).compileOutbound('shop', 'www.example.com')
    expect(snapshot?.routes).toMatchObject([
      { source: 'VirtualService shop/v', destinations: [{ cluster: `outbound|80||${ORDERS}` }] },
    ])
  })

  test('a wildcard speaks for it unless it fits some service: then for services only', () => {
    const entry: Written = {
      kind: 'ServiceEntry',
      name: 'e',
      spec: { hosts: ['api.example.com'], ports: [{ number: 80, name: 'http' }], resolution: 'DNS' },
    }
    expect(source(compilerFor(virtual(['*.example.com'])), 'shop', 'www.example.com')).toBe('shop/v')
    const both = compilerFor(virtual(['*.example.com']), entry)
    expect(source(both, 'shop', 'www.example.com')).toBeNull()
    expect(source(both, 'shop', 'api.example.com')).toBe('shop/v')
  })
})

test('claims of a token are conditions of their own', () => {
  const headers = {
    '@request.auth.claims.group': { exact: 'staff' },
    '@request.auth.claims[a.b][c]': { prefix: 'x' },
    plain: { exact: 'y' },
  }
  const withoutHeaders = { '@request.auth.claims.banned': { exact: 'yes' } }
  const http = [{ match: [{ headers, withoutHeaders }], ...to('orders') }]
  const server = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }
  const gateway: Written = { kind: 'Gateway', name: 'gw', spec: { selector: { istio: 'edge' }, servers: [server] } }
  const [edge] = compilerFor(gateway, speaking('shop', 'v', { gateways: ['gw'], http })).compileGateways()
  expect(edge?.virtualHosts[0]?.routes[0]?.match).toEqual([
    {
      headers: { plain: { kind: 'exact', value: 'y' } },
      claims: [
        { path: ['group'], value: { kind: 'exact', value: 'staff' } },
        { path: ['a.b', 'c'], value: { kind: 'prefix', value: 'x' } },
        { path: ['banned'], value: { kind: 'exact', value: 'yes' }, invert: true },
      ],
    },
  ])
})
