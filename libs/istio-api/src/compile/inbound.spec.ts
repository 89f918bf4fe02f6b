import { describe, expect, test } from 'vitest'
import { compilerFor, compilerWith, type Written } from '../testing/compiled.ts'

describe('inbound', () => {
  const mtls = (namespace: string, mode: string, app?: string): Written => ({
    kind: 'PeerAuthentication',
    in: namespace,
    name: `${mode}-${app ?? 'all'}`.toLowerCase(),
    spec: { mtls: { mode }, ...(app !== undefined && { selector: { matchLabels: { app } } }) },
  })
  const modeFor = (...written: Written[]) =>
    compilerFor(...written).compileInbound('shop', 'orders', { app: 'orders' }).peerAuthentication.mode

  test('STRICT where nobody speaks; else workload before namespace before root', () => {
    expect(modeFor()).toBe('STRICT')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'))).toBe('PERMISSIVE')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'), mtls('shop', 'DISABLE'))).toBe('DISABLE')
    expect(modeFor(mtls('shop', 'DISABLE'), mtls('shop', 'PERMISSIVE', 'orders'))).toBe('PERMISSIVE')
    expect(modeFor(mtls('shop', 'DISABLE'), mtls('shop', 'PERMISSIVE', 'web'))).toBe('DISABLE')
    expect(modeFor(mtls('other', 'DISABLE'))).toBe('STRICT')
    expect(modeFor(mtls('istio-system', 'PERMISSIVE'), mtls('shop', 'UNSET'))).toBe('PERMISSIVE')
  })

  test('policies of the root namespace, the namespace and fitting selectors add up', () => {
    const policy = (namespace: string, name: string, spec: object): Written => {
      return { kind: 'AuthorizationPolicy', in: namespace, name, spec }
    }
    const compiler = compilerFor(
      policy('istio-system', 'root', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] }),
      policy('shop', 'none', {}),
      policy('shop', 'mine', { selector: { matchLabels: { app: 'orders' } }, rules: [{}] }),
      policy('shop', 'yours', { selector: { matchLabels: { app: 'web' } }, rules: [{}] }),
      policy('other', 'far', { rules: [{}] }),
    )
    expect(compiler.compileInbound('shop', 'orders', { app: 'orders' }).authorizationPolicies).toEqual([
      {
        source: 'AuthorizationPolicy istio-system/root',
        action: 'DENY',
        rules: [{ from: [], to: [{ paths: ['/admin*'] }] }],
      },
      { source: 'AuthorizationPolicy shop/mine', action: 'ALLOW', rules: [{ from: [], to: [] }] },
      { source: 'AuthorizationPolicy shop/none', action: 'ALLOW', rules: [] },
    ])
  })

  test('a port of a workload has a mode of its own, unless it is UNSET', () => {
    const portLevelMtls = { 80: { mode: 'DISABLE' }, 81: { mode: 'UNSET' } }
    const selector = { matchLabels: { app: 'orders' } }
    const written: Written = { kind: 'PeerAuthentication', spec: { selector, portLevelMtls, mtls: { mode: 'UNSET' } } }
    expect(compilerFor(written).compileInbound('shop', 'orders', { app: 'orders' }).peerAuthentication).toEqual({
      mode: 'STRICT',
      source: 'default',
      ports: { 80: 'DISABLE' },
    })
  })

  test('what a replica says of itself can add a restriction and never lift one', () => {
    const policy = (action: string): Written => ({
      kind: 'AuthorizationPolicy',
      name: action.toLowerCase(),
      spec: {
        action,
        selector: { matchLabels: { version: 'v2' } },
        rules: [{ to: [{ operation: { ports: ['80'] } }] }],
      },
    })
    const compiler = compilerFor(policy('DENY'), policy('ALLOW'), policy('AUDIT'))
    const sources = (...replicas: Record<string, string>[]) =>
      compiler
        .compileInbound('shop', 'orders', { app: 'orders' }, replicas)
        .authorizationPolicies.map(({ action }) => action)
    expect(sources()).toEqual([])
    expect(sources({ version: 'v1' }, { version: 'v2' })).toEqual(['AUDIT', 'DENY'])
    const own: Written = {
      kind: 'AuthorizationPolicy',
      spec: { action: 'DENY', selector: { matchLabels: { app: 'orders' } }, rules: [{}] },
    }
    const lying = compilerFor(own).compileInbound('shop', 'orders', { app: 'orders' }, [{ app: 'web' }])
    expect(lying.authorizationPolicies).toHaveLength(1)
  })

  test('path normalisation of the mesh configuration; DEFAULT is BASE', () => {
    const normalization = (written: string) =>
      compilerWith({ pathNormalization: { normalization: written } }).compileInbound('shop', 'orders', {})
        .pathNormalization
    expect(normalization('DEFAULT')).toBe('BASE')
    expect(normalization('DECODE_AND_MERGE_SLASHES')).toBe('DECODE_AND_MERGE_SLASHES')
  })

  test('a rate limit in the annotation of a Sidecar: its workload before its namespace', () => {
    const limit = (name: string, maxTokens: number, app?: string): Written => ({
      kind: 'Sidecar',
      name,
      annotations: { 'meshmart.io/local-rate-limit': JSON.stringify({ maxTokens, fillInterval: '1s' }) },
      spec: {
        outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
        ...(app !== undefined && { workloadSelector: { labels: { app } } }),
      },
    })
    const compiler = compilerFor(limit('all', 9), limit('mine', 5, 'orders'))
    const of = (workload: string) => compiler.compileInbound('shop', workload, { app: workload }).localRateLimit
    expect(of('orders')).toEqual({ source: 'Sidecar shop/mine', maxTokens: 5, tokensPerFill: 1, fillIntervalMs: 1000 })
    expect(of('web')?.maxTokens).toBe(9)
  })
})

describe('authorisation', () => {
  const only = (mesh: object, spec: object) =>
    compilerWith(mesh, { kind: 'AuthorizationPolicy', spec }).compileInbound('shop', 'orders', { app: 'orders' })
      .authorizationPolicies[0]

  test('sources, conditions, and accounts with their namespace', () => {
    const source = { serviceAccounts: ['web', 'other/orders'], ipBlocks: ['10.0.0.0/8'], notRequestPrincipals: ['*'] }
    const when = [
      { key: 'request.headers[x-a]', values: ['b*'], notValues: ['bc'] },
      { key: 'source.serviceAccount', values: ['web'] },
    ]
    expect(only({}, { rules: [{ from: [{ source }], when }] })?.rules).toEqual([
      {
        from: [{ ...source, serviceAccounts: ['shop/web', 'other/orders'] }],
        to: [],
        when: [when[0], { key: 'source.serviceAccount', values: ['shop/web'] }],
      },
    ])
  })

  const custom = { action: 'CUSTOM', provider: { name: 'guard' }, rules: [{ to: [{ operation: { paths: ['/a'] } }] }] }

  test("CUSTOM asks the provider of the mesh configuration, with Istio's defaults", () => {
    const envoyExtAuthzHttp = {
      service: 'shop/Guard.shop.svc.cluster.local',
      port: 8000,
      includeRequestHeadersInCheck: ['X-Token', 'x-user-*'],
      includeAdditionalHeadersInCheck: { 'X-From': 'mesh' },
    }
    expect(only({ extensionProviders: [{ name: 'guard', envoyExtAuthzHttp }] }, custom)).toMatchObject({
      action: 'CUSTOM',
      provider: {
        name: 'guard',
        service: 'guard.shop.svc.cluster.local',
        port: 8000,
        timeoutMs: 600_000,
        failOpen: false,
        statusOnError: 403,
        includeRequestHeadersInCheck: ['x-token', 'x-user-*'],
        includeAdditionalHeadersInCheck: { 'x-from': 'mesh' },
      },
    })
  })

  test('where nobody can be asked CUSTOM denies', () => {
    expect(only({}, custom)).toEqual({
      source: 'AuthorizationPolicy shop/test',
      action: 'DENY',
      rules: [{ from: [], to: [{ paths: ['/a'] }] }],
    })
  })
})

test('request authentication: rules of namespace and root add up', () => {
  const jwtRules = [{ issuer: 'a', jwksUri: 'https://a.example/keys', fromHeaders: [{ name: 'X-Jwt' }], timeout: '2s' }]
  const compiler = compilerFor(
    { kind: 'RequestAuthentication', in: 'istio-system', spec: { jwtRules: [{ issuer: 'b', jwks: '{"keys":[]}' }] } },
    { kind: 'RequestAuthentication', spec: { jwtRules, selector: { matchLabels: { app: 'orders' } } } },
  )
  expect(compiler.compileInbound('shop', 'web', { app: 'web' }).requestAuthentications).toHaveLength(1)
  expect(compiler.compileInbound('shop', 'orders', { app: 'orders' }).requestAuthentications).toEqual([
    { source: 'RequestAuthentication istio-system/test', rules: [{ issuer: 'b', jwks: '{"keys":[]}' }] },
    {
      source: 'RequestAuthentication shop/test',
      rules: [
        {
          issuer: 'a',
          jwksUri: 'https://a.example/keys',
          fromHeaders: [{ name: 'x-jwt', prefix: '' }],
          timeoutMs: 2000,
        },
      ],
    },
  ])
})
