/** What a Sidecar resource lets its workloads see, and what happens to hosts that nobody knows. */
import { viewOf } from '@meshmart/mesh-policy'
import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, STORE, to, type Written } from '../testing/compiled.ts'

const FAR = 'orders.other.svc.cluster.local'
const sidecar = (hosts: string[], more: object = {}, where: Partial<Written> = {}): Written => {
  return { kind: 'Sidecar', name: 'default', spec: { egress: [{ hosts }], ...more }, ...where }
}
const known = (written: Written[], ...hosts: string[]) => {
  const compiler = compilerFor(...written)
  return hosts.map((host) => compiler.compileOutbound('shop', host) !== null)
}

describe('egress hosts', () => {
  test.each([
    [['./*'], [true, false]],
    [['other/*'], [false, true]],
    [['*/*'], [true, true]],
    [['*/orders.other.svc.cluster.local'], [false, true]],
    [['shop/*.shop.svc.cluster.local'], [true, false]],
    [['~/*'], [false, false]],
    [
      ['*/*', '~other/*'],
      [true, false],
    ],
  ])('%j', (hosts, expected) => {
    expect(known([sidecar(hosts)], ORDERS, FAR)).toEqual(expected)
  })

  test('the namespace’s own before the root’s, the oldest before the younger; other namespaces are not concerned', () => {
    const root = sidecar(['./*'], {}, { in: 'istio-system' })
    expect(known([root], ORDERS, FAR)).toEqual([true, false])
    expect(known([root, sidecar(['other/*'])], ORDERS, FAR)).toEqual([false, true])
    const older = sidecar(['*/*'], {}, { name: 'old', createdAt: '2020-01-01T00:00:00Z' })
    const younger = sidecar(['~/*'], {}, { name: 'a', createdAt: '2026-01-01T00:00:00Z' })
    expect(known([older, younger], ORDERS, FAR)).toEqual([true, true])
    expect(known([sidecar(['~/*'], {}, { in: 'third' })], ORDERS, FAR)).toEqual([true, true])
  })

  test('a listener with a port speaks for that port alone', () => {
    const spec = {
      egress: [{ hosts: ['./*'], port: { number: 81, protocol: 'HTTP', name: 'http' } }, { hosts: ['other/*'] }],
    }
    const snapshot = compilerFor({ kind: 'Sidecar', name: 's', spec }).compileOutbound('shop', STORE)
    expect(snapshot?.routes.flatMap(({ destinations }) => destinations.map(({ cluster }) => cluster))).toEqual([
      `outbound|81||${STORE}`,
    ])
    expect(snapshot?.tcp).toBeUndefined()
  })

  test('whither a VirtualService leads must not be imported, only what is called', () => {
    const compiler = compilerFor(sidecar(['./*']), {
      kind: 'VirtualService',
      spec: { hosts: ['orders'], http: [to(FAR)] },
    })
    expect(compiler.compileOutbound('shop', ORDERS)?.clusters).toHaveProperty([`outbound|80||${FAR}`])
  })

  test('a VirtualService of another namespace is heard where one of its hosts is imported from there', () => {
    const foreign: Written = { kind: 'VirtualService', in: 'other', spec: { hosts: [ORDERS], http: [to(ORDERS)] } }
    const source = (hosts: string[]) =>
      compilerFor(foreign, sidecar(hosts)).compileOutbound('shop', ORDERS)?.routes[0]?.source
    expect(source(['./*'])).toBe('default')
    expect(source(['./*', 'other/*'])).toBe('VirtualService other/test')
  })
})

test('a Sidecar with a selector: its workloads see something else, decided by the reader', () => {
  const own = sidecar(['other/*'], { workloadSelector: { labels: { app: 'web' } } }, { name: 'web' })
  const snapshot = compilerFor(sidecar(['./*']), own).compileOutbound('shop', ORDERS)
  if (snapshot === null) throw new Error('must be known to some')
  expect(viewOf(snapshot, { labels: { app: 'web' } })).toBeNull()
  expect(viewOf(snapshot, { labels: { app: 'else' } })?.routes).toHaveLength(1)
  const far = compilerFor(sidecar(['./*']), own).compileOutbound('shop', FAR)
  if (far === null) throw new Error('must be known to some')
  expect(far.unknown).toBe(true)
  expect(viewOf(far, { labels: { app: 'web' } })?.routes).toHaveLength(1)
  expect(viewOf(far, { labels: {} })).toBeNull()
})

test('a Sidecar that only holds our annotation hides nothing of another', () => {
  const annotations = { 'meshmart.io/local-rate-limit': '{"maxTokens": 1, "fillInterval": "1s"}' }
  const limiting: Written = { kind: 'Sidecar', name: 'a', annotations, spec: {} }
  expect(known([limiting, sidecar(['./*'])], ORDERS, FAR)).toEqual([true, false])
})

describe('outboundTrafficPolicy', () => {
  const OUTSIDE = 'www.example.com'
  const pass = (mesh: object, written: Written[] = [], host = OUTSIDE) =>
    Object.keys(compilerWith(mesh, ...written).compileOutbound('shop', host)?.clusters ?? {})
  const mode = (name: string) => ({ outboundTrafficPolicy: { mode: name } })

  test('unknown hosts are refused by default, and pass where the mesh or a Sidecar lets them', () => {
    expect(pass({})).toEqual([])
    expect(pass(mode('REGISTRY_ONLY'))).toEqual([])
    expect(pass(mode('ALLOW_ANY'))).toEqual([`PassthroughCluster|${OUTSIDE}`])
    expect(pass(mode('ALLOW_ANY_DYNAMIC_DNS'))).toEqual([`AllowAnyDynamicDNSCluster|${OUTSIDE}`])
    expect(pass({}, [sidecar(['*/*'], mode('ALLOW_ANY'))])).toEqual([`PassthroughCluster|${OUTSIDE}`])
    expect(pass(mode('ALLOW_ANY'), [sidecar(['*/*'], mode('REGISTRY_ONLY'))])).toEqual([])
  })

  test('whoever may be passed to is said to have no endpoints, so that nobody waits for any', () => {
    const endpoints = (mesh: object, host: string) => compilerWith(mesh).compileEndpoints(host)
    expect(endpoints(mode('ALLOW_ANY'), OUTSIDE)).toEqual({ host: OUTSIDE, endpoints: [] })
    expect(endpoints({}, OUTSIDE)).toBeNull()
    expect(endpoints(mode('ALLOW_ANY'), ORDERS)).toBeNull()
  })

  test('never a name of the mesh’s own domain, nor a short one', () => {
    for (const host of ['gone.shop.svc.cluster.local', 'gone.shop.svc', 'gone', 'x.cluster.local']) {
      expect(pass(mode('ALLOW_ANY'), [], host)).toEqual([])
    }
  })
})
