import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, ORDERS, service, type Written } from '../testing/compiled.ts'
import { createCompiler, type Compiler } from './compiler.ts'

const entry = (spec: object, name = 'api'): Written => ({ kind: 'ServiceEntry', name, spec })
const HTTP = { number: 80, name: 'http', protocol: 'HTTP' }
const TLS = { number: 443, name: 'secure', protocol: 'TLS' }
const STATIC = {
  hosts: ['api.example.com'],
  resolution: 'STATIC',
  ports: [HTTP, { number: 5432, name: 'db', protocol: 'TCP', targetPort: 15_432 }],
  endpoints: [
    { address: '10.0.0.1', ports: { http: 8080 }, labels: { version: 'v1' }, locality: 'eu/a', weight: 3 },
    { address: '10.0.0.2', weight: 0 },
  ],
}

describe('endpoints', () => {
  test('STATIC: as they are written, ports by name, without those of weight 0', () => {
    expect(compilerFor(entry(STATIC)).compileEndpoints('api.example.com')).toEqual({
      host: 'api.example.com',
      endpoints: [
        {
          instance: 'api-0',
          address: '10.0.0.1',
          ports: { 80: 8080, 5432: 15_432 },
          portNames: { 80: 'http', 5432: 'tcp-db' },
          identity: '',
          transport: 'plaintext',
          labels: { version: 'v1' },
          locality: 'eu/a',
          weight: 3,
        },
      ],
    })
  })

  test('DNS: the host itself where no endpoint is written', () => {
    const compiler = compilerFor(entry({ hosts: ['api.example.com'], resolution: 'DNS', ports: [TLS] }))
    expect(compiler.compileEndpoints('api.example.com')?.endpoints).toMatchObject([
      { address: 'api.example.com', ports: { 443: 443 }, portNames: { 443: 'tls-secure' } },
    ])
  })

  test('NONE: nobody; the connection goes where it was going', () => {
    const compiler = compilerFor(entry({ hosts: ['*.example.com'], ports: [TLS] }))
    expect(compiler.entryHosts).toEqual(['*.example.com'])
    expect(compiler.compileEndpoints('b.example.com')).toEqual({ host: 'b.example.com', endpoints: [] })
    const snapshot = compiler.compileOutbound('shop', 'b.example.com')
    expect(snapshot?.clusters['outbound|443||b.example.com']).toMatchObject({
      loadBalancer: 'PASSTHROUGH',
      tls: 'DISABLE',
    })
    expect(snapshot?.tcp?.['443']?.protocol).toBe('TLS')
    expect(snapshot?.routes).toEqual([])
    expect(compiler.resolveHost('shop', 'b.example.com')).toBe('b.example.com')
  })

  test('a workloadSelector takes WorkloadEntries of its namespace; one with a service account proves it', () => {
    const spec = {
      hosts: ['vm.shop'],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [HTTP],
      workloadSelector: { labels: { app: 'vm' } },
    }
    const workload = (name: string, more: object, namespace = 'shop'): Written => {
      return {
        kind: 'WorkloadEntry',
        in: namespace,
        name,
        spec: { address: '10.0.0.1', labels: { app: 'vm' }, ...more },
      }
    }
    const compiler = compilerFor(
      entry(spec),
      workload('one', { serviceAccount: 'vm' }),
      workload('two', {}),
      workload('three', { labels: { app: 'b' } }),
      workload('far', {}, 'other'),
    )
    expect(compiler.compileEndpoints('vm.shop')?.endpoints).toMatchObject([
      { instance: 'one', transport: 'mtls', identity: 'spiffe://cluster.local/ns/shop/sa/vm' },
      { instance: 'two', transport: 'plaintext', identity: '' },
    ])
    expect(Object.values(compiler.compileOutbound('shop', 'vm.shop')?.clusters ?? {})).toMatchObject([
      { tls: 'ISTIO_MUTUAL' },
    ])
  })
})

test('it is a service like another: routes, default ports, policies; its names of certificates go with SIMPLE', () => {
  const spec = { ...STATIC, ports: [HTTP], subjectAltNames: ['api.example.com'] }
  const snapshot = compilerFor(entry(spec), {
    kind: 'DestinationRule',
    spec: { host: 'api.example.com', trafficPolicy: { tls: { mode: 'SIMPLE' } } },
  }).compileOutbound('other', 'api.example.com')
  expect(snapshot?.clusters).toMatchObject({
    'outbound|80||api.example.com': { tls: 'SIMPLE', tlsSettings: { subjectAltNames: ['api.example.com'] } },
  })
})

test('it cannot take the name of a workload', () => {
  const compiler = compilerFor(entry({ ...STATIC, hosts: [ORDERS] }))
  expect(compiler.compileEndpoints(ORDERS)).toBeNull()
  expect(compiler.entryHosts).toEqual([])
})

describe('who sees it, and who is in it', () => {
  const external = (spec: object, where: Partial<Written> = {}): Written => ({
    ...entry({ hosts: ['api.example.com'], resolution: 'DNS', ports: [HTTP], ...spec }),
    ...where,
  })

  test('exportTo, and the mesh configuration’s default', () => {
    const known = (compiler: Compiler, client: string) => compiler.compileOutbound(client, 'api.example.com') !== null
    const own = compilerFor(external({ exportTo: ['.'] }))
    expect([known(own, 'shop'), known(own, 'other')]).toEqual([true, false])
    const byDefault = compilerWith({ defaultServiceExportTo: ['.'] }, external({}))
    expect([known(byDefault, 'shop'), known(byDefault, 'other')]).toEqual([true, false])
  })

  test('of several for one host that of the client’s namespace counts, else the oldest', () => {
    const compiler = compilerFor(
      external({ ports: [{ ...HTTP, number: 81 }] }, { in: 'third', name: 'old', createdAt: '2020-01-01T00:00:00Z' }),
      external({ ports: [{ ...HTTP, number: 82 }] }, { in: 'shop', name: 'own', createdAt: '2026-01-01T00:00:00Z' }),
    )
    const port = (client: string) =>
      Object.values(compiler.compileOutbound(client, 'api.example.com')?.clusters ?? {})[0]?.port
    expect([port('shop'), port('other')]).toEqual([82, 81])
  })

  test('is called by its addresses as well', () => {
    const compiler = compilerFor(external({ resolution: 'NONE', addresses: ['10.1.2.3', '10.9.0.0/16', 'fd00::1'] }))
    expect(compiler.resolveHost('shop', '10.1.2.3')).toBe('api.example.com')
    expect(compiler.resolveHost('shop', 'fd00::1')).toBe('api.example.com')
    expect(compiler.resolveHost('shop', '10.9.0.1')).toBeNull()
  })

  test('DNS_ROUND_ROBIN takes one address of the name at a time', () => {
    const cluster = (resolution: string) =>
      Object.values(compilerFor(external({ resolution })).compileOutbound('shop', 'api.example.com')?.clusters ?? {})[0]
    expect(cluster('DNS_ROUND_ROBIN')?.oneAddressPerName).toBe(true)
    expect(cluster('DNS')?.oneAddressPerName).toBeUndefined()
  })

  test('pods that its selector finds, with the port that the entry names for them', () => {
    const pod = {
      namespace: 'shop',
      address: '10.0.0.9',
      locality: 'eu/a',
      weight: 1,
      identity: 'spiffe://cluster.local/ns/shop/sa/api',
    }
    const pods = [
      { ...pod, name: 'api-1', labels: { app: 'api' } },
      { ...pod, name: 'web-1', labels: { app: 'web' } },
      { ...pod, name: 'far-1', labels: { app: 'api' }, namespace: 'other' },
    ]
    const spec = {
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [{ ...HTTP, targetPort: 8080 }],
      workloadSelector: { labels: { app: 'api' } },
    }
    expect(compilerFor(external(spec)).compileEndpoints('api.example.com', pods)?.endpoints).toMatchObject([
      { instance: 'api-1', address: '10.0.0.9', ports: { 80: 8080 }, transport: 'mtls', identity: pod.identity },
    ])
  })

  test('WorkloadEntries serve a service whose selector finds them; labels of the metadata go before those of the spec', () => {
    const machine: Written = {
      kind: 'WorkloadEntry',
      name: 'vm',
      labels: { app: 'legacy' },
      spec: { address: '10.0.0.5', labels: { app: 'other' }, serviceAccount: 'legacy' },
    }
    const legacy = { ...service('shop', 'legacy'), selector: { app: 'legacy' } }
    const compiler = compilerFor(machine)
    const withService = createCompiler({ resources: compiler.model.resources, services: [legacy] })
    expect(withService.extraEndpoints(legacy.host)).toMatchObject([
      { instance: 'vm', address: '10.0.0.5', ports: { 80: 80 }, identity: 'spiffe://cluster.local/ns/shop/sa/legacy' },
    ])
    expect(withService.extraEndpoints('orders.shop.svc.cluster.local')).toEqual([])
  })
})
