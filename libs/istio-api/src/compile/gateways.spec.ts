import { describe, expect, test } from 'vitest'
import { compilerFor, ORDERS, to, type Written } from '../testing/compiled.ts'

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
      hostsOf(
        gateway('shop', ['*.example.com']),
        bound('a', ['a.example.com', 'a.org'], [to('web')]),
        bound('b', ['*'], [to('web')]),
      ),
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

  const server = (number: number, protocol: string, more: object = {}) => {
    return { port: { number, name: `p-${number}`, protocol }, hosts: ['*'], ...more }
  }
  const edgeOf = (servers: object[], ...more: Written[]) =>
    compilerFor(
      { kind: 'Gateway', name: 'gw', spec: { selector: { istio: 'edge' }, servers } },
      ...more,
    ).compileGateways()[0]

  test('servers end TLS with a credential, pass it through, or send everybody to https', () => {
    const edge = edgeOf(
      [
        server(80, 'HTTP', { tls: { httpsRedirect: true } }),
        server(443, 'HTTPS', { tls: { mode: 'SIMPLE', credentialName: 'shop', minProtocolVersion: 'TLSV1_3' } }),
        server(8443, 'TLS', { tls: { mode: 'PASSTHROUGH' } }),
      ],
      {
        kind: 'VirtualService',
        spec: {
          hosts: ['a.org'],
          gateways: ['gw'],
          http: [{ redirect: { port: 443 } }],
          tls: [
            { match: [{ sniHosts: ['a.org'] }], route: [{ destination: { host: 'store', port: { number: 443 } } }] },
          ],
        },
      },
    )
    expect(edge?.servers.map(({ tls }) => tls)).toEqual([
      { httpsRedirect: true, mode: null, credentialName: null, minProtocolVersion: 'TLSv1.2' },
      { httpsRedirect: false, mode: 'SIMPLE', credentialName: 'shop', minProtocolVersion: 'TLSv1.3' },
      { httpsRedirect: false, mode: 'PASSTHROUGH', credentialName: null, minProtocolVersion: 'TLSv1.2' },
    ])
    expect(edge?.virtualHosts.map(({ port, routes }) => [port, routes[0]?.redirect])).toEqual([
      [80, { port: 443, status: 301 }],
      // 443 is https' own port, and is not written.
      [443, { derivePort: 'FROM_PROTOCOL_DEFAULT', status: 301 }],
    ])
    const cluster = 'outbound|443||store.shop.svc.cluster.local'
    expect(edge?.tcp).toEqual({
      8443: {
        protocol: 'TLS',
        routes: [
          {
            name: '0',
            source: 'VirtualService shop/test',
            match: [{ sniHosts: ['a.org'] }],
            destinations: [{ cluster, weight: 100 }],
          },
        ],
      },
    })
    expect(edge?.clusters[cluster]).toBeDefined()
  })

  test('a condition on a gateway or port decides here whether a route is there at all', () => {
    const http = [
      { name: 'mesh only', match: [{ gateways: ['mesh'] }], ...to('web') },
      { name: 'other port', match: [{ port: 81 }], ...to('web') },
      { name: 'mine', match: [{ gateways: ['gw'], port: 80, sourceLabels: { a: 'b' } }, { port: 81 }], ...to('web') },
    ]
    const spec = { hosts: ['orders'], gateways: ['mesh', 'gw'], http }
    const compiler = compilerFor(
      { kind: 'Gateway', name: 'gw', spec: { selector: { istio: 'edge' }, servers: [server(80, 'HTTP')] } },
      { kind: 'VirtualService', spec },
    )
    expect(compiler.compileGateways()[0]?.virtualHosts[0]?.routes).toMatchObject([{ name: 'mine', match: [{}] }])
    const inside = compiler.compileOutbound('shop', ORDERS)?.routes.map(({ name, match }) => [name, match])
    expect(inside).toEqual([['mesh only', [{}]]])
  })

  test('policies that select the labels of the gateway hold at the edge, those of a namespace do not', () => {
    const policy = (name: string, namespace: string, labels?: object): Written => ({
      kind: 'AuthorizationPolicy',
      in: namespace,
      name,
      spec: { rules: [{}], ...(labels && { selector: { matchLabels: labels } }) },
    })
    const inbound = edgeOf(
      [server(80, 'HTTP')],
      policy('edge', 'shop', { istio: 'edge' }),
      policy('far', 'other', { istio: 'edge' }),
      policy('namespace', 'shop'),
      policy('everybody', 'istio-system'),
    )?.inbound
    expect(inbound?.authorizationPolicies.map(({ source }) => source)).toEqual([
      'AuthorizationPolicy shop/edge',
      'AuthorizationPolicy istio-system/everybody',
    ])
  })
})
