import { describe, expect, test } from 'vitest'
import { headerValueProblem, type ValueSource } from './header-format.ts'
import { applyOperations, prepareOperations, type PreparedOperations } from './header-operations.ts'
import { prepareRoute } from './prepared-route.ts'
import type { HeaderOperations, Route } from './snapshot.ts'

const source: ValueSource = {
  method: 'GET',
  target: '/v1?x=1',
  authority: 'orders',
  protocol: 'HTTP/1.1',
  remoteIp: '203.0.113.7',
  sourceIp: '10.0.0.1',
  header: (name) => ({ 'x-user': 'anna', 'x-long': 'abcdef' })[name],
  responseHeader: (name) => ({ server: 'app' })[name],
}

function done(operations: PreparedOperations | null): string[] {
  const steps: string[] = []
  const target = {
    setHeader: (name: string, value: string) => steps.push(`set ${name}: ${value}`),
    addHeader: (name: string, value: string) => steps.push(`add ${name}: ${value}`),
    removeHeader: (name: string) => steps.push(`remove ${name}`),
  }
  applyOperations(operations ?? [], target, source)
  return steps
}
const valueOf = (value: string) => done(prepareOperations({ set: { a: value } }))

describe('operations', () => {
  test('remove, then set, then add; names in lower case', () => {
    const operations = prepareOperations({ add: { 'X-C': '3' }, set: { 'X-B': '2' }, remove: ['X-A'] })
    expect(done(operations)).toEqual(['remove x-a', 'set x-b: 2', 'add x-c: 3'])
  })

  test('host and pseudo-fields are not theirs; nothing to do is null', () => {
    expect(prepareOperations({ set: { Host: 'a', ':path': '/' }, remove: ['host', ':method'] }, undefined)).toBeNull()
  })

  test('a value that comes out empty is not written', () => {
    expect(done(prepareOperations({ set: { a: '%REQ(x-none)%', b: '' } }))).toEqual([])
  })
})

describe('values', () => {
  test.each([
    ['plain', 'plain'],
    ['100%%', '100%'],
    ['%REQ(X-User)%', 'anna'],
    ['<%REQ(x-none?x-user)%>', '<anna>'],
    ['%REQ(x-long):3%', 'abc'],
    ['%REQ(:path)% %REQ(:method)% %REQ(:authority)%', '/v1?x=1 GET orders'],
    ['%RESP(server)%', 'app'],
    ['%PROTOCOL%', 'HTTP/1.1'],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '203.0.113.7'],
    ['%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%', '10.0.0.1'],
  ])('%s is written as %s', (value, text) => {
    expect(headerValueProblem(value)).toBeNull()
    expect(valueOf(value)).toEqual([`set a: ${text}`])
  })

  test.each(['100%', '%START_TIME%', '%REQ()%', '%REQ(a', '%constructor%', '%REQ(a)(b)%'])('%s is refused', (value) => {
    expect(headerValueProblem(value)).toMatch(/%/)
    expect(() => prepareOperations({ set: { 'X-A': value } })).toThrow('header X-A')
  })
})

describe('levels', () => {
  const level = (name: string): HeaderOperations => ({ request: { set: { 'x-level': name }, remove: [name] } })
  const route = (destinations: Route['destinations']): Route => ({
    name: 'r',
    source: 'test',
    match: [],
    destinations,
    timeoutMs: 0,
    retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
    headers: level('route'),
  })
  const reader = { namespace: 'a', labels: {}, locality: '' }
  const of = (...destinations: Route['destinations'][number][]) =>
    done(prepareRoute(route(destinations), undefined, reader).destinations[0]?.request ?? null)

  // Istio, processDestination: a single destination is written into its route, behind it.
  test('a single destination has the last word', () => {
    expect(of({ cluster: 'a', weight: 100, headers: level('destination') })).toEqual([
      'remove route',
      'remove destination',
      'set x-level: route',
      'set x-level: destination',
    ])
  })

  // Envoy, most_specific_header_mutations_wins is off: weighted cluster, then route.
  test('of several destinations the route has the last word', () => {
    const steps = of({ cluster: 'a', weight: 1, headers: level('destination') }, { cluster: 'b', weight: 1 })
    expect(steps).toEqual(['remove destination', 'set x-level: destination', 'remove route', 'set x-level: route'])
  })
})
