/** Servers of several Gateways at one workload: which stand together, and which lose. */
import { expect, test } from 'vitest'
import { parseResources } from '../parse.ts'
import { compilerFor, documentOf, to, type Written } from '../testing/compiled.ts'
import { createCompiler } from './compiler.ts'
import { gatewaysFor } from './gateways.ts'
import { serversOf } from './gateway-servers.ts'

const http = (...hosts: string[]) => ({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts })
const https = (name: string, ...hosts: string[]) => {
  const tls = { mode: 'SIMPLE', credentialName: 'cert' }
  return { port: { number: 443, name, protocol: 'HTTPS' }, hosts, tls }
}
const gateway = (name: string, servers: object[], more: Partial<Written> = {}): Written => {
  return { kind: 'Gateway', name, spec: { selector: { istio: 'edge' }, servers }, ...more }
}
const OLD = { createdAt: '2020-01-01T00:00:00Z' }
const YOUNG = { createdAt: '2026-01-01T00:00:00Z' }

function merged(...written: Written[]) {
  const { model } = compilerFor(...written)
  const { servers, refused } = serversOf(gatewaysFor(model, { istio: 'edge' }))
  return {
    kept: servers.map(({ gateway: { name }, port, hosts }) => `${name} ${port} ${hosts.join()}`),
    refused: refused.map(({ gateway: { name }, reason }) => `${name}: ${reason}`),
  }
}

test('HTTP servers of one port stand together, the oldest Gateway first', () => {
  expect(merged(gateway('a', [http('a.test')], YOUNG), gateway('b', [http('b.test')], OLD)).kept).toEqual([
    'b 80 b.test',
    'a 80 a.test',
  ])
})

test('a TLS host that another server of the port has already is refused with its whole server', () => {
  const found = merged(
    gateway('young', [https('https', 'a.test', 'c.test')], YOUNG),
    gateway('old', [https('https', 'a.test')], OLD),
  )
  expect(found.kept).toEqual(['old 443 a.test'])
  expect(found.refused).toEqual(['young: another server of port 443 has a.test already'])
})

test('another protocol on a plain port is refused', () => {
  const mixed = { ...https('https', 'a.test'), port: { number: 80, name: 'https', protocol: 'HTTPS' } }
  const found = merged(gateway('old', [http('*')], OLD), gateway('young', [mixed], YOUNG))
  expect(found.refused).toEqual(['young: port 80 speaks another protocol already'])
})

test('`./` is the Gateway’s namespace, `*/` any: only VirtualServices of those bind', () => {
  const bound = (serverHost: string, namespace: string) => {
    const route: Written = {
      kind: 'VirtualService',
      in: namespace,
      name: 'v',
      spec: { hosts: ['a.test'], gateways: ['shop/g'], http: [to('orders.shop.svc.cluster.local')] },
    }
    const [snapshot] = compilerFor(gateway('g', [http(serverHost)]), route).compileGateways()
    return snapshot?.virtualHosts.map(({ hosts }) => hosts.join()) ?? []
  }
  expect(bound('./a.test', 'shop')).toEqual(['a.test'])
  expect(bound('./a.test', 'other')).toEqual([])
  expect(bound('*/a.test', 'other')).toEqual(['a.test'])
  expect(bound('other/*', 'other')).toEqual(['a.test'])
  expect(bound('other/*', 'shop')).toEqual([])
})

test('VirtualServices of one host are merged, the oldest first, what takes everything last; one that is not exported is left out', () => {
  const route = (name: string, http: object[], more: object = {}, where: Partial<Written> = {}): Written => ({
    kind: 'VirtualService',
    name,
    spec: { hosts: ['a.test'], gateways: ['shop/g'], http, ...more },
    ...where,
  })
  const at = (path: string) => ({
    name: path,
    match: [{ uri: { exact: path } }],
    ...to('orders.shop.svc.cluster.local'),
  })
  const compiler = compilerFor(
    gateway('g', [http('*')]),
    route('young', [at('/young')]),
    route('old', [at('/old'), { name: 'all', ...to('orders.shop.svc.cluster.local') }], {}, OLD),
    route('private', [at('/private')], { exportTo: ['.'] }, { in: 'other' }),
  )
  const [snapshot] = compiler.compileGateways()
  // A resource without a time stands for the beginning of time.
  expect(snapshot?.virtualHosts[0]?.routes.map(({ name }) => name)).toEqual(['/young', '/old', 'all'])
})

test('behind a route that takes everything a VirtualService says nothing more, also not among others', () => {
  const host = 'orders.shop.svc.cluster.local'
  const http2 = [
    { name: 'all', match: [{ uri: { prefix: '/' } }, { uri: { exact: '/b' } }], ...to(host) },
    { name: 'never', match: [{ uri: { exact: '/x' } }], ...to(host) },
  ]
  const route = (name: string, written: object[]): Written => {
    return { kind: 'VirtualService', name, spec: { hosts: ['a.test'], gateways: ['shop/g'], http: written } }
  }
  const other = route('z', [{ name: 'other', match: [{ uri: { exact: '/y' } }], ...to(host) }])
  // Not through the helper: the reader warns of what is never reached.
  const texts = [gateway('g', [http('*')]), route('a', http2), other].map(documentOf)
  const resources = texts.flatMap((text) => parseResources(text, 'f').resources)
  const [snapshot] = createCompiler({ resources, services: [] }).compileGateways()
  expect(snapshot?.virtualHosts[0]?.routes.map(({ name, match }) => [name, match.length])).toEqual([
    ['other', 1],
    ['all', 1],
  ])
})

test('a host that a narrower TLS server owns is not served through the wider one', () => {
  const route: Written = {
    kind: 'VirtualService',
    name: 'v',
    spec: { hosts: ['a.test'], gateways: ['shop/wide'], http: [to('orders.shop.svc.cluster.local')] },
  }
  const hosts = (...written: Written[]) =>
    compilerFor(route, ...written)
      .compileGateways()[0]
      ?.virtualHosts.map((each) => each.hosts.join())
  expect(hosts(gateway('wide', [https('https', '*')]))).toEqual(['a.test'])
  expect(hosts(gateway('wide', [https('https', '*')]), gateway('narrow', [https('https', 'a.test')]))).toEqual([])
})
