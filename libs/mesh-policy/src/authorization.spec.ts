import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuthorizableRequest } from './authorization-checks.ts'
import { auditedBy, authorise, authoriseConnection, customAuthorizers, preparePolicies } from './authorization.ts'
import { conditionProblem, conditionValueProblem } from './authorization-checks.ts'
import type { AuthorizationRule, CompiledAuthorizationPolicy, ExternalAuthorizer } from './snapshot.ts'

const ORDERS = 'cluster.local/ns/meshmart/sa/orders'
const policy = (
  name: string,
  action: CompiledAuthorizationPolicy['action'],
  ...rules: AuthorizationRule[]
): CompiledAuthorizationPolicy => ({ source: `AuthorizationPolicy meshmart/${name}`, action, rules })
const request = (more: Partial<AuthorizableRequest> = {}): AuthorizableRequest => {
  return {
    principal: ORDERS,
    method: 'GET',
    path: '/v1/products',
    host: 'inventory',
    port: 80,
    sourceIp: '10.1.2.3',
    remoteIp: '203.0.113.7',
    destinationIp: '10.9.9.9',
    sni: null,
    requestPrincipal: null,
    jwtAudiences: [],
    jwtPresenter: null,
    jwtClaims: null,
    header: () => undefined,
    ...more,
  }
}
const decide = (asked: AuthorizableRequest, ...policies: CompiledAuthorizationPolicy[]) =>
  authorise(preparePolicies(policies), asked)
const allows = (rule: AuthorizationRule, asked: AuthorizableRequest) =>
  decide(asked, policy('p', 'ALLOW', rule)).decision === 'ALLOW'
const from = (source: AuthorizationRule['from'][number]): AuthorizationRule => ({ from: [source], to: [] })
const to = (operation: AuthorizationRule['to'][number]): AuthorizationRule => ({ from: [], to: [operation] })
const EVERYTHING: AuthorizationRule = { from: [], to: [] }

describe('the order of decisions', () => {
  test('no policy at all: allowed', () => {
    expect(decide(request())).toMatchObject({ decision: 'ALLOW', policy: null })
  })

  test('DENY goes before ALLOW', () => {
    const decision = decide(request(), policy('all', 'ALLOW', EVERYTHING), policy('no', 'DENY', EVERYTHING))
    expect(decision).toMatchObject({ decision: 'DENY', policy: 'AuthorizationPolicy meshmart/no', rule: 0 })
  })

  test('a DENY policy that does not fit, and nothing else: allowed', () => {
    expect(decide(request(), policy('no', 'DENY', to({ methods: ['POST'] }))).decision).toBe('ALLOW')
  })

  test('an ALLOW policy without rules allows nothing, and the reason names who, what and the policy', () => {
    const decision = decide(request(), policy('deny-all', 'ALLOW'))
    expect(decision.decision).toBe('DENY')
    expect(decision.reason).toContain('AuthorizationPolicy meshmart/deny-all')
    expect(decision.reason).toContain(ORDERS)
    expect(decision.reason).toContain('GET /v1/products')
  })

  test('policies add up: one that fits is enough, and it is named with its rule', () => {
    const fitting = policy('orders', 'ALLOW', to({ methods: ['POST'] }), to({ methods: ['GET'] }))
    expect(decide(request(), policy('deny-all', 'ALLOW'), fitting)).toMatchObject({
      decision: 'ALLOW',
      policy: 'AuthorizationPolicy meshmart/orders',
      rule: 1,
    })
  })

  test('from and to must both fit', () => {
    const rule: AuthorizationRule = { from: [{ principals: [ORDERS] }], to: [{ methods: ['POST'] }] }
    expect(allows(rule, request())).toBe(false)
    expect(allows(rule, request({ method: 'POST' }))).toBe(true)
  })
})

describe('who', () => {
  test.each([
    [[ORDERS], true],
    [['cluster.local/ns/meshmart/*'], true],
    [['*/sa/orders'], true],
    [['*'], true],
    [['cluster.local/ns/meshmart/sa/order'], false],
  ])('principals %j: %s', (principals, fits) => {
    expect(allows(from({ principals }), request())).toBe(fits)
  })

  test('a peer without identity fits no principal, but every notPrincipals', () => {
    expect(allows(from({ principals: ['*'] }), request({ principal: null }))).toBe(false)
    expect(allows(from({ namespaces: ['*'] }), request({ principal: null }))).toBe(false)
    expect(allows(from({ notPrincipals: [ORDERS] }), request({ principal: null }))).toBe(true)
  })

  test('namespaces come from the principal', () => {
    expect(allows(from({ namespaces: ['meshmart'] }), request())).toBe(true)
    expect(allows(from({ namespaces: ['mesh*'], notNamespaces: ['meshmart'] }), request())).toBe(false)
    expect(allows(from({ namespaces: ['meshmart'] }), request({ principal: 'x/ns/meshmart' }))).toBe(false)
  })
})

describe('what', () => {
  test.each([
    ['/v1/products', '/v1/products', true],
    ['/v1/products*', '/v1/products/1', true],
    ['*/events', '/v1/orders/7/events', true],
    ['/v1/orders/{*}', '/v1/orders/7', true],
    ['/v1/orders/{*}', '/v1/orders/', false],
    ['/v1/orders/{*}', '/v1/orders/7/cancel', false],
    ['/v1/orders/{*}/cancel', '/v1/orders/7/cancel', true],
    ['/v1/orders/{*}/cancel', '/v1/orders/7/8/cancel', false],
    ['/v1/{**}', '/v1/a/b/c', true],
    ['/v1.0/{*}', '/v1x0/a', false],
    // The examples of Istio's reference, "Operation", paths.
    ['/foo/{*}', '/foo/bar', true],
    ['/foo/{*}', '/foo/bar/baz', false],
    ['/foo/{**}/', '/foo/bar/', true],
    ['/foo/{**}/', '/foo/bar/baz.txt', false],
    ['/foo/{**}/', '/foo//', true],
    ['/foo/{**}/', '/foo/', false],
    ['/foo/{**}/', '/foo/bar', false],
    ['/foo/{*}/bar/{**}', '/foo/buzz/bar/', true],
    ['/foo/{*}/bar/{**}', '/foo/buzz/bar/baz', true],
    ['/foo/{*}/bar/{**}', '/foo//bar/baz', false],
  ])('path %s lets %s through: %s', (pattern, path, fits) => {
    expect(allows(to({ paths: [pattern] }), request({ path }))).toBe(fits)
  })

  test('hosts ignore case; ports and methods are exact; not* excludes', () => {
    expect(allows(to({ hosts: ['INVENTORY'] }), request())).toBe(true)
    expect(allows(to({ ports: ['80'], methods: ['GET'] }), request())).toBe(true)
    expect(allows(to({ notPorts: ['80'] }), request())).toBe(false)
    expect(allows(to({ notMethods: ['GET'] }), request())).toBe(false)
    expect(allows(to({ notPaths: ['/admin*'] }), request())).toBe(true)
    expect(allows(to({ notHosts: ['inv*'] }), request())).toBe(false)
  })

  test('a template that is none is refused when the snapshot arrives', () => {
    expect(() => preparePolicies([policy('p', 'ALLOW', to({ paths: ['/a/{**}/{*}'] }))])).toThrow('last operator')
    expect(() => preparePolicies([policy('p', 'ALLOW', to({ paths: ['/a/{id}'] }))])).toThrow('{*}')
  })
})

const JWT = {
  requestPrincipal: 'https://issuer.example/u-7',
  jwtAudiences: ['shop', 'admin'],
  jwtPresenter: 'web',
  jwtClaims: {
    iss: 'https://issuer.example',
    sub: 'u-7',
    role: 'admin',
    groups: ['a', 'b'],
    realm: { roles: ['editor'] },
    scope: 'read write',
    age: 7,
  },
}

describe('where from', () => {
  test.each<[AuthorizationRule['from'][number], boolean]>([
    [{ serviceAccounts: ['meshmart/orders'] }, true],
    [{ serviceAccounts: ['meshmart/order'] }, false],
    [{ notServiceAccounts: ['meshmart/orders'] }, false],
    [{ ipBlocks: ['10.1.0.0/16'] }, true],
    [{ ipBlocks: ['10.1.2.3'] }, true],
    [{ ipBlocks: ['10.2.0.0/16', '2001:db8::/32'] }, false],
    [{ notIpBlocks: ['10.0.0.0/8'] }, false],
    [{ remoteIpBlocks: ['203.0.113.0/24'] }, true],
    [{ remoteIpBlocks: ['10.1.0.0/16'] }, false],
    [{ notRemoteIpBlocks: ['10.1.0.0/16'] }, true],
    [{ principals: [], ipBlocks: ['0.0.0.0/0'] }, true],
  ])('%j: %s', (source, fits) => {
    expect(allows(from(source), request())).toBe(fits)
  })

  test('a service account is of any trust domain, and of exactly its namespace', () => {
    const rule = from({ serviceAccounts: ['meshmart/orders'] })
    expect(allows(rule, request({ principal: 'other.domain/ns/meshmart/sa/orders' }))).toBe(true)
    expect(allows(rule, request({ principal: 'cluster.local/ns/x-meshmart/sa/orders' }))).toBe(false)
    expect(() => preparePolicies([policy('p', 'ALLOW', from({ serviceAccounts: ['orders'] }))])).toThrow('rule 0 of')
  })

  test.each([
    [['*'], true],
    [['https://issuer.example/u-7'], true],
    [['https://issuer.example/*'], true],
    [['https://issuer.example/u*'], true],
    [['*/u-7'], true],
    [['*.example/u-7'], true],
    [['*u-7'], true],
    [['https://issuer.example/u'], false],
    [['https://issuer/*'], false],
  ])('requestPrincipals %j: %s', (requestPrincipals, fits) => {
    expect(allows(from({ requestPrincipals }), request(JWT))).toBe(fits)
    expect(allows(from({ requestPrincipals }), request())).toBe(false)
    expect(allows(from({ notRequestPrincipals: requestPrincipals }), request(JWT))).toBe(!fits)
    expect(allows(from({ notRequestPrincipals: requestPrincipals }), request())).toBe(true)
  })

  test('a subject with a slash does not pass for another issuer', () => {
    const claims = { iss: 'https://issuer.example', sub: 'team/u-7' }
    const asked = request({ requestPrincipal: 'https://issuer.example/team/u-7', jwtClaims: claims })
    expect(allows(from({ requestPrincipals: ['https://issuer.example/team/u-7'] }), asked)).toBe(false)
  })
})

describe('when', () => {
  const when = (key: string, ...values: string[]): AuthorizationRule => ({ from: [], to: [], when: [{ key, values }] })
  const unless = (key: string, ...notValues: string[]): AuthorizationRule => ({
    from: [],
    to: [],
    when: [{ key, notValues }],
  })
  const asked = request({ ...JWT, sni: 'db.example', header: (name) => (name === 'x-env' ? 'canary' : undefined) })

  test.each<[string, string, boolean]>([
    ['request.headers[X-Env]', 'canary', true],
    ['request.headers[X-Env]', 'can*', true],
    ['request.headers[X-Env]', '*', true],
    ['request.headers[X-Env]', 'prod', false],
    ['request.headers[X-None]', '*', false],
    ['source.ip', '10.1.2.0/24', true],
    ['remote.ip', '10.1.2.0/24', false],
    ['destination.ip', '10.9.9.9', true],
    ['destination.port', '80', true],
    ['destination.port', '8080', false],
    ['source.namespace', 'mesh*', true],
    ['source.principal', ORDERS, true],
    ['source.serviceAccount', 'meshmart/orders', true],
    ['request.auth.principal', 'https://issuer.example/u-7', true],
    ['request.auth.audiences', 'admin', true],
    ['request.auth.audiences', 'other', false],
    ['request.auth.presenter', 'web', true],
    ['request.auth.claims[role]', 'admin', true],
    ['request.auth.claims[groups]', 'b', true],
    ['request.auth.claims[groups]', 'c', false],
    ['request.auth.claims[realm][roles]', 'edit*', true],
    ['request.auth.claims[scope]', 'write', true],
    ['request.auth.claims[age]', '7', false],
    ['request.auth.claims[constructor]', '*', false],
    ['connection.sni', '*.example', true],
  ])('%s is %s: %s', (key, value, fits) => {
    expect(conditionProblem(key)).toBeNull()
    expect(conditionValueProblem(key, value)).toBeNull()
    expect(allows(when(key, value), asked)).toBe(fits)
    expect(allows(unless(key, value), asked)).toBe(!fits)
  })

  test('all conditions must fit', () => {
    const rule: AuthorizationRule = {
      from: [],
      to: [],
      when: [
        { key: 'destination.port', values: ['80'] },
        { key: 'source.ip', values: ['192.0.2.1'] },
      ],
    }
    expect(allows(rule, asked)).toBe(false)
  })

  test('keys and values that mean nothing are refused', () => {
    expect(conditionProblem('experimental.envoy.filters.x[y]')).toContain('EnvoyFilter')
    for (const key of [
      'source.port',
      'request.headers',
      'request.headers[]',
      'request.auth.claims',
      'request.auth.claims[a]b',
    ])
      expect(conditionProblem(key)).toContain('known are')
    expect(conditionValueProblem('source.ip', '10.0.0')).toContain('CIDR')
    expect(conditionValueProblem('destination.port', '70000')).toContain('port')
    expect(conditionValueProblem('source.serviceAccount', 'a')).toContain('<namespace>')
    expect(conditionValueProblem('request.headers[a]', '')).toContain('empty')
    expect(() => preparePolicies([policy('p', 'DENY', when('nix', 'x'))])).toThrow('condition nix')
  })
})

describe('CUSTOM and AUDIT', () => {
  const provider: ExternalAuthorizer = {
    name: 'opa',
    service: 'opa.meshmart.svc.cluster.local',
    port: 80,
    timeoutMs: 1000,
    pathPrefix: '',
    failOpen: false,
    statusOnError: 403,
    includeRequestHeadersInCheck: [],
    includeAdditionalHeadersInCheck: {},
    headersToUpstreamOnAllow: [],
    headersToDownstreamOnAllow: [],
    headersToDownstreamOnDeny: [],
  }
  const custom = (...rules: AuthorizationRule[]): CompiledAuthorizationPolicy => ({
    ...policy('ask', 'CUSTOM', ...rules),
    provider,
  })

  test('an authorizer is asked only where a rule fits, and once', () => {
    const policies = preparePolicies([custom(to({ paths: ['/v1/*'] }), EVERYTHING), custom(EVERYTHING)])
    expect(customAuthorizers(policies, request())).toEqual([provider])
    expect(customAuthorizers(preparePolicies([custom(to({ paths: ['/admin*'] }))]), request())).toEqual([])
  })

  test('they decide nothing here: neither do they allow, nor does their being there refuse', () => {
    expect(decide(request(), custom(EVERYTHING), policy('log', 'AUDIT', EVERYTHING)).decision).toBe('ALLOW')
    expect(decide(request(), policy('log', 'AUDIT', EVERYTHING), policy('none', 'ALLOW')).decision).toBe('DENY')
  })

  test('an audit is told by name', () => {
    const policies = preparePolicies([policy('log', 'AUDIT', to({ methods: ['GET'] }))])
    expect(auditedBy(policies, request())).toBe('AuthorizationPolicy meshmart/log')
    expect(auditedBy(policies, request({ method: 'PUT' }))).toBeNull()
  })

  test('CUSTOM without a provider is refused', () => {
    expect(() => preparePolicies([policy('ask', 'CUSTOM', EVERYTHING)])).toThrow('provider')
  })
})

/** pilot/pkg/security/authz/model/model.go, `checkError`; istio.io "Authorization for TCP traffic". */
describe('a connection without HTTP', () => {
  const decideConnection = (...policies: CompiledAuthorizationPolicy[]) =>
    authoriseConnection(preparePolicies(policies), request()).decision

  test.each<[string, CompiledAuthorizationPolicy, 'ALLOW' | 'DENY']>([
    [
      'ALLOW by principal and port',
      policy('p', 'ALLOW', { ...from({ principals: [ORDERS] }), to: [{ ports: ['80'] }] }),
      'ALLOW',
    ],
    [
      'ALLOW that asks for a method allows nothing',
      policy('p', 'ALLOW', to({ methods: ['*'], ports: ['80'] })),
      'DENY',
    ],
    ['ALLOW that asks for a claim allows nothing', policy('p', 'ALLOW', from({ notRequestPrincipals: ['*'] })), 'DENY'],
    [
      'one rule of two can do without HTTP',
      policy('p', 'ALLOW', to({ methods: ['GET'] }), to({ ports: ['80'] })),
      'ALLOW',
    ],
    ['DENY by method and port refuses the port', policy('p', 'DENY', to({ methods: ['GET'], ports: ['80'] })), 'DENY'],
    ['DENY by method and another port', policy('p', 'DENY', to({ methods: ['GET'], ports: ['81'] })), 'ALLOW'],
    ['DENY by nothing but HTTP refuses everything', policy('p', 'DENY', to({ paths: ['/admin*'] })), 'DENY'],
    [
      'DENY by SNI that is not there',
      policy('p', 'DENY', { from: [], to: [], when: [{ key: 'connection.sni', values: ['*'] }] }),
      'ALLOW',
    ],
  ])('%s', (_, one, decision) => {
    expect(decideConnection(one)).toBe(decision)
  })

  test('who may not is told which port', () => {
    const { reason } = authoriseConnection(preparePolicies([policy('none', 'ALLOW')]), request({ principal: null }))
    expect(reason).toBe(
      'denied: no rule of AuthorizationPolicy meshmart/none allows a peer without identity to connect to port 80',
    )
  })
})

describe('whatever the policies', () => {
  const methods = fc.subarray(['GET', 'PUT', 'POST', '*'], { minLength: 1 })
  const operation = fc.oneof(
    methods.map((values) => ({ methods: values })),
    methods.map((values) => ({ notMethods: values })),
    fc.constantFrom('/a', '/a*', '*/b', '/{*}/b').map((path) => ({ paths: [path] })),
  )
  const rule = fc.record({
    from: fc.constantFrom<AuthorizationRule['from']>([], [{ principals: [ORDERS] }], [{ notNamespaces: ['meshmart'] }]),
    to: fc.array(operation, { maxLength: 2 }),
  })
  const rules = fc.array(rule, { maxLength: 3 })
  const asked = fc.record({ method: fc.constantFrom('GET', 'PUT'), path: fc.constantFrom('/a', '/a/b', '/c') })

  test('what a DENY policy refuses, no ALLOW policy lets through; and more ALLOW rules never let through less', () => {
    fc.assert(
      fc.property(rules, rules, rules, asked, (denied, allowed, more, what) => {
        const one = request(what)
        const deny = policy('deny', 'DENY', ...denied)
        const refused = decide(one, deny).decision === 'DENY'
        const before = decide(one, deny, policy('allow', 'ALLOW', ...allowed)).decision
        const after = decide(one, deny, policy('allow', 'ALLOW', ...allowed, ...more)).decision
        if (refused) expect([before, after]).toEqual(['DENY', 'DENY'])
        if (before === 'ALLOW') expect(after).toBe('ALLOW')
      }),
    )
  })

  test('a connection is never allowed by an ALLOW policy that would refuse every request of it', () => {
    fc.assert(
      fc.property(rules, rules, (denied, allowed) => {
        const policies = preparePolicies([policy('deny', 'DENY', ...denied), policy('allow', 'ALLOW', ...allowed)])
        if (authoriseConnection(policies, request()).decision === 'DENY') return
        for (const method of ['GET', 'PUT', 'X'])
          for (const path of ['/a', '/a/b', '/c'])
            expect(authorise(policies, request({ method, path })).decision).toBe('ALLOW')
      }),
    )
  })
})
