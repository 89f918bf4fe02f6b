/** Policies of the root namespace, of a namespace and of a workload, and identities of several trust domains. */
import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, type Written } from '../testing/compiled.ts'

const orders = { selector: { matchLabels: { app: 'orders' } } }

describe('PeerAuthentication', () => {
  const peer = (namespace: string, mode: string | null, more: object = {}, where: Partial<Written> = {}): Written => ({
    kind: 'PeerAuthentication',
    in: namespace,
    spec: { ...(mode !== null && { mtls: { mode } }), ...more },
    ...where,
  })
  const of = (mesh: object, ...written: Written[]) =>
    compilerWith(mesh, ...written).compileInbound('shop', 'orders', { app: 'orders' }).peerAuthentication

  test('of several in one scope the oldest counts', () => {
    const old = peer('shop', 'PERMISSIVE', {}, { name: 'z', createdAt: '2020-01-01T00:00:00Z' })
    const young = peer('shop', 'DISABLE', {}, { name: 'a', createdAt: '2026-01-01T00:00:00Z' })
    expect(of({}, young, old)).toEqual({ mode: 'PERMISSIVE', source: 'PeerAuthentication shop/z' })
  })

  test('a selector in the root namespace selects nobody', () => {
    expect(of({}, peer('istio-system', 'DISABLE', orders)).mode).toBe('STRICT')
  })

  test('UNSET inherits: the workload’s from the namespace, the namespace’s from the root', () => {
    expect(
      of({}, peer('shop', null, orders, { name: 'w' }), peer('shop', 'UNSET'), peer('istio-system', 'PERMISSIVE')).mode,
    ).toBe('PERMISSIVE')
  })

  test('the mesh configuration may name another root', () => {
    const mesh = { rootNamespace: 'roots' }
    expect(of(mesh, peer('roots', 'PERMISSIVE')).mode).toBe('PERMISSIVE')
    expect(of(mesh, peer('istio-system', 'PERMISSIVE')).mode).toBe('STRICT')
  })
})

describe('trust domains', () => {
  const policy: Written = {
    kind: 'AuthorizationPolicy',
    spec: {
      rules: [
        {
          from: [
            {
              source: {
                principals: ['old.org/ns/a/sa/b', 'cluster.local/ns/c/sa/d', '*/ns/e/sa/f', 'alien.org/ns/g/sa/h'],
              },
            },
          ],
          when: [{ key: 'source.principal', values: ['old.org/ns/a/sa/b'] }],
        },
      ],
    },
  }
  const mesh = { trustDomain: 'new.org', trustDomainAliases: ['old.org'] }

  test('a principal of one means the same account of all of them', () => {
    const rule = compilerWith(mesh, policy).compileInbound('shop', 'orders', {}).authorizationPolicies[0]?.rules[0]
    expect(rule?.from[0]?.principals).toEqual([
      'new.org/ns/a/sa/b',
      'old.org/ns/a/sa/b',
      'new.org/ns/c/sa/d',
      'old.org/ns/c/sa/d',
      '*/ns/e/sa/f',
      'alien.org/ns/g/sa/h',
    ])
    expect(rule?.when?.[0]?.values).toEqual(['new.org/ns/a/sa/b', 'old.org/ns/a/sa/b'])
  })

  test('the workload is told of the aliases, and of none where there are none', () => {
    expect(compilerWith(mesh).compileInbound('shop', 'orders', {}).trustDomainAliases).toEqual(['old.org'])
    expect(compilerFor().compileInbound('shop', 'orders', {})).not.toHaveProperty('trustDomainAliases')
  })
})

test('the edge is told how many proxies before it are believed', () => {
  const gateway: Written = {
    kind: 'Gateway',
    spec: {
      selector: { istio: 'edge' },
      servers: [{ hosts: ['*'], port: { number: 80, name: 'http', protocol: 'HTTP' } }],
    },
  }
  const mesh = { defaultConfig: { gatewayTopology: { numTrustedProxies: 2 } } }
  expect(compilerWith(mesh, gateway).compileGateways()[0]?.trustedProxies).toBe(2)
  expect(compilerFor(gateway).compileGateways()[0]).not.toHaveProperty('trustedProxies')
})
