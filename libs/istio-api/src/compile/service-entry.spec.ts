import { describe, expect, test } from 'vitest'
import { compilerFor, ORDERS, type Written } from '../testing/compiled.ts'

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
