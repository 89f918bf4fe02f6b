import { describe, expect, test } from 'vitest'
import { authorise, preparePolicies, type AuthorizableRequest } from './authorization.ts'
import type { AuthorizationRule, CompiledAuthorizationPolicy } from './snapshot.ts'

const ORDERS = 'cluster.local/ns/meshmart/sa/orders'
const policy = (
  name: string,
  action: CompiledAuthorizationPolicy['action'],
  ...rules: AuthorizationRule[]
): CompiledAuthorizationPolicy => ({ source: `AuthorizationPolicy meshmart/${name}`, action, rules })
const request = (more: Partial<AuthorizableRequest> = {}): AuthorizableRequest => {
  return { principal: ORDERS, method: 'GET', path: '/v1/products', host: 'inventory', port: 80, ...more }
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
    expect(() => preparePolicies([policy('p', 'ALLOW', to({ paths: ['/a/{**}/b'] }))])).toThrow('last segment')
    expect(() => preparePolicies([policy('p', 'ALLOW', to({ paths: ['/a/{id}'] }))])).toThrow('{*}')
  })
})
