import { expect, test } from 'vitest'
import type { TcpMatch, TcpRoute } from './snapshot.ts'
import { matchTcpRoute, prepareTcpRoutes } from './tcp-route.ts'

const READER = { namespace: 'meshmart', labels: { app: 'orders' }, locality: '' }
const route = (name: string, ...match: TcpMatch[]): TcpRoute => ({
  name,
  source: 'VirtualService a/b',
  match,
  destinations: [],
})
const chosen = (routes: readonly TcpRoute[], more: { sni?: string; port?: number; destinationIp?: string }) =>
  matchTcpRoute(prepareTcpRoutes(routes, READER), { sni: null, port: 443, destinationIp: null, ...more })?.name

test('the most specific server name wins, whatever their order', () => {
  const routes = [
    route('all'),
    route('example', { sniHosts: ['*.example.com'] }),
    route('eu', { sniHosts: ['*.eu.example.com'] }),
    route('exact', { sniHosts: ['a.eu.example.com', 'b.example.com'] }),
  ]
  expect(chosen(routes, { sni: 'A.eu.example.com' })).toBe('exact')
  expect(chosen(routes, { sni: 'b.eu.example.com' })).toBe('eu')
  expect(chosen(routes, { sni: 'c.example.com' })).toBe('example')
  expect(chosen(routes, { sni: 'example.com' })).toBe('all')
  expect(chosen(routes, {})).toBe('all')
})

test('port, then subnet, goes before the server name', () => {
  const routes = [
    route('sni', { sniHosts: ['a.example'] }),
    route('wide', { destinationSubnets: ['10.0.0.0/8'] }),
    route('narrow', { destinationSubnets: ['10.1.0.0/16', '192.168.0.1'] }),
    route('port', { port: 5432 }),
  ]
  expect(chosen(routes, { sni: 'a.example', destinationIp: '10.2.0.1' })).toBe('wide')
  expect(chosen(routes, { sni: 'a.example', destinationIp: '10.1.0.1' })).toBe('narrow')
  expect(chosen(routes, { destinationIp: '192.168.0.1' })).toBe('narrow')
  expect(chosen(routes, { sni: 'a.example', destinationIp: '172.16.0.1' })).toBe('sni')
  expect(chosen(routes, { sni: 'a.example', port: 5432, destinationIp: '10.1.0.1' })).toBe('port')
})

test('among equals the first wins', () => {
  expect(chosen([route('first', { sniHosts: ['a'] }), route('second', { sniHosts: ['a'] })], { sni: 'a' })).toBe(
    'first',
  )
})

test('conditions on the reader are decided when the snapshot arrives', () => {
  const routes = [
    route('theirs', { sourceLabels: { app: 'payments' } }),
    route('elsewhere', { sourceNamespace: 'default' }),
    route('ours', { sourceLabels: { app: 'orders' }, sourceNamespace: 'meshmart' }),
  ]
  expect(chosen(routes, {})).toBe('ours')
})

test('a subnet that is none is refused by name', () => {
  expect(() => prepareTcpRoutes([route('r', { destinationSubnets: ['x'] })], READER)).toThrow(
    'route r of VirtualService',
  )
})
