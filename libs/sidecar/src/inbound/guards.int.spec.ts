/** RequestAuthentication, AuthorizationPolicy and the local rate limit over a real connection: what passes, what is answered, what the application sees. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AuthorizationRule, ExternalAuthorizer, InboundSnapshot, JwtRule } from '@meshmart/mesh-policy'
import { makeAuthority, type TestAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { Door, PEER_ID, type DoorOptions, type Heard } from './testing/door.ts'
import type { AccessAnswer, AccessCheck } from './external-authorization.ts'
import { ISSUER, makeIssuer, part, seconds, type TestIssuer } from './testing/issuer.ts'

let authority: TestAuthority
let issuer: TestIssuer
const doors: Door[] = []

beforeAll(async () => {
  authority = await makeAuthority()
  issuer = await makeIssuer()
})
afterEach(() => {
  for (const door of doors.splice(0)) door.close()
})

async function open(snapshot: Partial<InboundSnapshot>, options: DoorOptions = {}): Promise<Door> {
  const door = await Door.open(authority, snapshot, options)
  doors.push(door)
  return door
}
const jwt = (...rules: Partial<JwtRule>[]): Partial<InboundSnapshot> => ({
  requestAuthentications: [
    {
      source: 'RequestAuthentication meshmart/jwt',
      rules: rules.map((rule) => ({
        issuer: ISSUER,
        ...(rule.jwksUri === undefined ? { jwks: issuer.jwks } : {}),
        ...rule,
      })),
    },
  ],
})
const bearer = (token: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${token}`, ...more },
})
const seen = ({ body }: Heard): { url: string; headers: Record<string, string>; rawHeaders: string[] } =>
  JSON.parse(body)
const policy = (action: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM', rule: Partial<AuthorizationRule>) => ({
  source: `AuthorizationPolicy meshmart/${action.toLowerCase()}`,
  action,
  rules: [{ from: [], to: [], ...rule }],
})

describe('a token', () => {
  it('is not needed where no policy asks for it', async () => {
    const door = await open(jwt({}))
    expect((await door.ask('/')).status).toBe(200)
    expect(door.ended[0]?.jwt).toBeNull()
  })

  it('that is good says on whose behalf, and goes no further', async () => {
    const door = await open(jwt({}))
    const heard = await door.ask('/', bearer(await issuer.token()))
    expect(heard.status).toBe(200)
    expect(seen(heard).headers['authorization']).toBeUndefined()
    expect(seen(heard).rawHeaders.map((text) => text.toLowerCase())).not.toContain('authorization')
    expect(door.ended[0]?.jwt).toMatchObject({ requestPrincipal: `${ISSUER}/ann`, audiences: ['shop'] })
  })

  it('goes on where the rule says so', async () => {
    const door = await open(jwt({ forwardOriginalToken: true }))
    const token = await issuer.token()
    expect(seen(await door.ask('/', bearer(token))).headers['authorization']).toBe(`Bearer ${token}`)
  })

  it('is verified once and then known', async () => {
    const door = await open(jwt({}))
    const token = await issuer.token()
    await door.ask('/', bearer(token))
    await door.ask('/', bearer(token))
    expect(door.ended[1]?.jwt).toBe(door.ended[0]?.jwt)
  })

  it.each<[string, () => Promise<string>, number, string]>([
    [
      'no signature',
      async () => `${part({ alg: 'none' })}.${part({ iss: ISSUER, sub: 'ann' })}.`,
      401,
      'Jwt header [alg] is not supported',
    ],
    [
      'no token',
      async () => 'hello',
      401,
      'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    ],
    ['expired', () => issuer.token({ exp: seconds() - 100 }), 401, 'Jwt is expired'],
    ['too early', () => issuer.token({ nbf: seconds() + 100 }), 401, 'Jwt not yet valid'],
    ['wrong audience', () => issuer.token({ aud: 'bank' }), 403, 'Audiences in Jwt are not allowed'],
    ['unknown issuer', () => issuer.token({ iss: 'https://evil.example.com' }), 401, 'Jwt issuer is not configured'],
    [
      'unknown key',
      async () => (await makeIssuer('key-2')).token(),
      401,
      "Jwks doesn't have key to match kid or alg from Jwt",
    ],
    ['forged', async () => (await makeIssuer('key-1')).token(), 401, 'Jwt verification fails'],
  ])('that is bad (%s) is answered in Envoy’s words', async (_what, make, status, words) => {
    const door = await open(jwt({ audiences: ['shop'] }))
    const heard = await door.ask('/path?access_token=x', { ...bearer(await make()), setHost: true })
    expect([heard.status, heard.body]).toEqual([status, words])
    expect(heard.headers['www-authenticate']).toBe(
      `Bearer realm="https://127.0.0.1:${door.port}/path", error="invalid_token"`,
    )
    await eventually(() => expect(door.ended[0]?.flag?.code).toBe('UAEX'))
    expect(door.ended[0]?.reason).toBe(`jwt_authn_access_denied{${words}}: RequestAuthentication meshmart/jwt`)
  })

  it('that is bad over plain HTTP is challenged for a realm in plain HTTP', async () => {
    const peerAuthentication = { mode: 'DISABLE' as const, source: 'PeerAuthentication meshmart/plain' }
    const door = await open({ ...jwt({}), peerAuthentication })
    const heard = await door.ask('/path', { ...bearer('no token'), as: null })
    expect(heard.headers['www-authenticate']).toContain(`realm="http://127.0.0.1:${door.port}/path"`)
  })

  it('is found in fields, parameters and cookies, where the rule says', async () => {
    const places = {
      fromHeaders: [{ name: 'X-Token', prefix: 'jwt ' }],
      fromParams: ['token'],
      fromCookies: ['session'],
    }
    const door = await open(jwt(places))
    const token = await issuer.token()
    const field = seen(await door.ask('/', { headers: { 'x-token': `jwt ${token}` } }))
    expect(field.headers['x-token']).toBeUndefined()
    expect(seen(await door.ask(`/a?b=1&token=${token}&c=%20`)).url).toBe('/a?b=1&c=%20')
    await door.ask('/', { headers: { cookie: `a=b; session="${token}"` } })
    await door.ask('/', bearer(token))
    expect(door.ended.map((exchange) => exchange.jwt?.subject)).toEqual(['ann', 'ann', 'ann', undefined])
  })

  it('in several places must be good in all of them', async () => {
    const door = await open(jwt({}))
    const heard = await door.ask(`/?access_token=${await issuer.token({ exp: 1 })}`, bearer(await issuer.token()))
    expect([heard.status, heard.body]).toEqual([401, 'Jwt is expired'])
  })

  it('of any of several issuers is good; where none knows it, the most telling reason is given', async () => {
    const other = await makeIssuer('other', 'ES256')
    const door = await open(jwt({}, { issuer: 'https://other.example.com', jwks: other.jwks }))
    const good = await other.token({ iss: 'https://other.example.com' })
    expect((await door.ask('/', bearer(good))).status).toBe(200)
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
    expect((await door.ask('/', bearer(await issuer.token({ exp: 1 })))).body).toBe('Jwt is expired')
    expect((await door.ask('/', bearer(await issuer.token({ iss: 'x' })))).body).toBe('Jwt issuer is not configured')
  })

  it('is not asked of a browser’s preflight', async () => {
    const door = await open(jwt({}))
    const headers = { origin: 'https://shop.test', 'access-control-request-method': 'POST', authorization: 'Bearer x' }
    expect((await door.ask('/', { method: 'OPTIONS', headers })).status).toBe(200)
    expect((await door.ask('/', { method: 'OPTIONS', headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })
})

describe('claims', () => {
  const outputs = {
    outputPayloadToHeader: 'X-Payload',
    outputClaimToHeaders: [
      { header: 'X-Sub', claim: 'sub' },
      { header: 'x-level', claim: 'level' },
      { header: 'x-realm', claim: 'realm.name' },
      { header: 'x-evil', claim: 'evil' },
    ],
  }

  it('are told to the application, and nobody else can tell it', async () => {
    const door = await open(jwt(outputs))
    const token = await issuer.token({ level: 3, realm: { name: 'shop' }, evil: 'a\r\nx-admin: yes' })
    const heard = seen(await door.ask('/', bearer(token, { 'x-sub': 'root', 'x-evil': 'mine' })))
    expect(heard.headers).toMatchObject({
      'x-payload': token.split('.')[1],
      'x-sub': 'ann',
      'x-level': '3',
      'x-realm': 'shop',
    })
    expect(heard.headers['x-evil']).toBeUndefined()
    expect(heard.rawHeaders.filter((text) => text.toLowerCase() === 'x-sub').length).toBe(1)
    const without = seen(await door.ask('/', { headers: { 'x-sub': 'root', 'X-Payload': 'x' } }))
    expect([without.headers['x-sub'], without.headers['x-payload']]).toEqual([undefined, undefined])
  })

  it('are what policies speak of', async () => {
    const rule = {
      from: [{ requestPrincipals: [`${ISSUER}/*`] }],
      when: [{ key: 'request.auth.claims[role]', values: ['admin'] }],
    }
    const door = await open({ ...jwt({}), authorizationPolicies: [policy('ALLOW', rule)] })
    const status = async (claims: object | null): Promise<number> =>
      (await door.ask('/', claims === null ? {} : bearer(await issuer.token({ ...claims })))).status
    expect(await status({ role: ['admin', 'user'] })).toBe(200)
    expect(await status({ role: 'user' })).toBe(403)
    expect(await status(null)).toBe(403)
  })
})

describe('keys by URL', () => {
  const jwksUri = 'http://accounts.example.com/keys'
  const slow = { refreshMs: 60_000, retryMs: 60_000, leastMs: 0 }

  it('are fetched when the policy comes: the first request does not wait', async () => {
    let fetches = 0
    const fetchKeys = (): Promise<string> => {
      fetches++
      return Promise.resolve(issuer.jwks)
    }
    const door = await open(jwt({ jwksUri }), { fetchKeys, pace: slow })
    expect(fetches).toBe(1)
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
    door.apply(jwt({ jwksUri, audiences: ['shop'] }))
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
    expect(fetches).toBe(1)
  })

  it('are fetched once for requests that come together, with the time that the rule gives', async () => {
    const fetched: string[] = []
    let release: (text: string) => void = () => undefined
    const keys = new Promise<string>((resolve) => (release = resolve))
    const fetchKeys = (url: string, timeoutMs: number): Promise<string> => {
      fetched.push(`${url} ${timeoutMs}`)
      return keys
    }
    const door = await open(jwt({ jwksUri, timeoutMs: 700 }), { fetchKeys, pace: slow })
    const token = await issuer.token()
    const asked = [1, 2, 3].map(() => door.ask('/', bearer(token)))
    await eventually(() => expect(fetched.length).toBe(1))
    release(issuer.jwks)
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(fetched).toEqual([`${jwksUri} 700`])
  })

  it('that cannot be had: 401 in Envoy’s words; requests without a token pass', async () => {
    const door = await open(jwt({ jwksUri }), { fetchKeys: () => Promise.reject(new Error('503')), pace: slow })
    const heard = await door.ask('/', bearer(await issuer.token()))
    expect([heard.status, heard.body]).toEqual([401, 'Jwks remote fetch is failed'])
    expect(door.log.text).toContain(`${jwksUri} 503`)
    expect((await door.ask('/')).status).toBe(200)
  })

  it('are fetched again where a token names one that is not there', async () => {
    const next = await makeIssuer('key-2')
    const sets = [issuer.jwks, JSON.stringify({ keys: [issuer.jwk, next.jwk] })]
    const fetchKeys = (): Promise<string> => Promise.resolve(sets.length > 1 ? (sets.shift() ?? '') : (sets[0] ?? ''))
    const door = await open(jwt({ jwksUri }), { fetchKeys, pace: slow })
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
    expect((await door.ask('/', bearer(await next.token()))).status).toBe(200)
    const unknown = await makeIssuer('key-3')
    expect((await door.ask('/', bearer(await unknown.token()))).status).toBe(401)
  })

  it('a caller that leaves meanwhile disturbs nobody', async () => {
    let release: (text: string) => void = () => undefined
    const fetchKeys = (): Promise<string> => new Promise((resolve) => (release = resolve))
    const door = await open(jwt({ jwksUri }), { fetchKeys, pace: slow })
    const signal = AbortSignal.timeout(60)
    await expect(door.ask('/', { ...bearer(await issuer.token()), signal })).rejects.toThrow()
    await eventually(() => expect(door.ended.length).toBe(1))
    release(issuer.jwks)
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
  })
})

describe('a policy that cannot be prepared', () => {
  it('changes nothing', async () => {
    const door = await open(jwt({}))
    expect(() => door.apply(jwt({ jwks: '{}' }))).toThrow(
      `jwtRules of ${ISSUER}: jwks: Jwks does not have [keys] field`,
    )
    expect((await door.ask('/', bearer(await issuer.token()))).status).toBe(200)
  })
})

describe('AuthorizationPolicy', () => {
  it('AUDIT marks, DENY comes before ALLOW', async () => {
    const to = [{ paths: ['/secret'] }]
    const door = await open({
      authorizationPolicies: [policy('AUDIT', { to }), policy('DENY', { to }), policy('ALLOW', {})],
    })
    expect((await door.ask('/open')).status).toBe(200)
    expect((await door.ask('/secret')).status).toBe(403)
    expect(door.ended.map(({ auditedBy }) => auditedBy)).toEqual([null, 'AuthorizationPolicy meshmart/audit'])
  })

  it('speaks of the service port, addresses and the server name', async () => {
    const rule = {
      from: [{ ipBlocks: ['127.0.0.0/8'], remoteIpBlocks: ['203.0.113.7'] }],
      to: [{ ports: ['8443'] }],
      when: [{ key: 'connection.sni', values: ['orders.test'] }],
    }
    const door = await open({ authorizationPolicies: [policy('ALLOW', rule)] }, { servicePort: 8443 })
    const good = { servername: 'orders.test', headers: { 'x-forwarded-for': '10.0.0.1, 203.0.113.7' } }
    expect((await door.ask('/', good)).status).toBe(200)
    expect((await door.ask('/', { ...good, servername: 'other.test' })).status).toBe(403)
    expect((await door.ask('/', { ...good, headers: { 'x-forwarded-for': '203.0.113.7, 10.0.0.1' } })).status).toBe(403)
  })

  it.each([
    ['BASE', '/a%2Fsecret', 200],
    ['BASE', '/a/../secret', 403],
    ['BASE', '//secret', 200],
    ['MERGE_SLASHES', '//secret', 403],
    ['DECODE_AND_MERGE_SLASHES', '/%2Fsecret', 403],
    ['NONE', '/a/../secret', 200],
  ] as const)('sees the path as pathNormalization says: %s %s', async (pathNormalization, path, status) => {
    const door = await open({
      pathNormalization,
      authorizationPolicies: [policy('DENY', { to: [{ paths: ['/secret'] }] })],
    })
    expect((await door.ask(path)).status).toBe(status)
  })

  it('believes nobody who writes about certificates', async () => {
    const door = await open({})
    const heard = seen(await door.ask('/', { headers: { 'x-forwarded-client-cert': `By=x;URI=${PEER_ID}` } }))
    expect(heard.headers['x-forwarded-client-cert']).toBeUndefined()
  })
})

describe('CUSTOM', () => {
  const provider: ExternalAuthorizer = {
    name: 'my-ext-authz',
    service: 'authz.meshmart.svc.cluster.local',
    port: 8000,
    timeoutMs: 200,
    pathPrefix: '/check/',
    failOpen: false,
    statusOnError: 503,
    includeRequestHeadersInCheck: ['x-user', 'x-trace-*'],
    includeAdditionalHeadersInCheck: { 'X-Source': 'mesh' },
    headersToUpstreamOnAllow: ['x-grant', 'x-user'],
    headersToDownstreamOnAllow: ['x-session'],
    headersToDownstreamOnDeny: ['x-why'],
  }
  const custom = { ...policy('CUSTOM', { to: [{ paths: ['/guarded*'] }] }), provider }
  async function guarded(
    answer: () => Promise<AccessAnswer>,
    change: Partial<ExternalAuthorizer> = {},
  ): Promise<{ door: Door; checks: AccessCheck[] }> {
    const checks: AccessCheck[] = []
    const checkAccess = (_authorizer: ExternalAuthorizer, check: AccessCheck): Promise<AccessAnswer> => {
      checks.push(check)
      return answer()
    }
    const deny = policy('DENY', { when: [{ key: 'request.headers[x-grant]', values: ['none'] }] })
    const authorizationPolicies = [{ ...custom, provider: { ...provider, ...change } }, deny]
    return { door: await open({ authorizationPolicies }, { checkAccess }), checks }
  }
  const yes =
    (headers: AccessAnswer['headers'] = []) =>
    () =>
      Promise.resolve({ status: 200, headers, body: '' })

  it('is asked with what it may know, and only where the rules fit', async () => {
    const { door, checks } = await guarded(yes())
    const headers = { 'x-user': 'ann', 'x-trace-id': '1', 'x-other': '2', authorization: 'Basic x', host: 'orders' }
    expect((await door.ask('/free', { headers })).status).toBe(200)
    expect((await door.ask('/guarded/a?b=c', { method: 'POST', headers })).status).toBe(200)
    expect(checks.length).toBe(1)
    expect(checks[0]).toMatchObject({ method: 'POST', authority: 'orders', target: '/check/guarded/a?b=c' })
    expect(Object.fromEntries(checks[0]?.headers ?? [])).toEqual({
      'x-user': 'ann',
      'x-trace-id': '1',
      authorization: 'Basic x',
      'x-source': 'mesh',
    })
  })

  it('yes: its fields go up and down as the lists say; DENY is asked after it and sees them', async () => {
    const { door } = await guarded(
      yes([
        ['x-grant', 'all'],
        ['x-user', 'root'],
        ['x-session', 's'],
        ['x-other', 'o'],
      ]),
    )
    const heard = await door.ask('/guarded', { headers: { 'x-user': 'ann' } })
    expect(seen(heard).headers).toMatchObject({ 'x-grant': 'all', 'x-user': 'root' })
    expect([heard.headers['x-session'], heard.headers['x-other']]).toEqual(['s', undefined])
    const { door: denied } = await guarded(yes([['x-grant', 'none']]))
    expect((await denied.ask('/guarded')).status).toBe(403)
  })

  it('no: its status, body and the fields of the list go to the caller', async () => {
    const { door } = await guarded(() =>
      Promise.resolve({
        status: 302,
        headers: [
          ['location', '/login'],
          ['x-why', 'no session'],
          ['x-secret', 's'],
          ['content-length', '99'],
        ],
        body: 'sign in',
      }),
    )
    const heard = await door.ask('/guarded')
    expect([heard.status, heard.body]).toEqual([302, 'sign in'])
    expect(heard.headers).toMatchObject({ location: '/login', 'x-why': 'no session', 'content-length': '7' })
    expect(heard.headers['x-secret']).toBeUndefined()
    await eventually(() => expect(door.ended[0]?.reason).toBe('ext_authz_denied: my-ext-authz answered 302'))
    expect(door.ended[0]?.flag?.code).toBe('UAEX')
  })

  it.each<[string, () => Promise<AccessAnswer>, string]>([
    ['answers 500', () => Promise.resolve({ status: 500, headers: [], body: '' }), 'it answered 500'],
    ['cannot be reached', () => Promise.reject(new Error('no healthy endpoint')), 'no healthy endpoint'],
    ['is too slow', () => new Promise(() => undefined), 'no answer within 200 ms'],
  ])('that %s: statusOnError, or open', async (_what, answer, words) => {
    const { door } = await guarded(answer)
    expect((await door.ask('/guarded')).status).toBe(503)
    await eventually(() => expect(door.ended[0]?.reason).toBe(`ext_authz_error: my-ext-authz: ${words}`))
    const { door: lenient } = await guarded(answer, { failOpen: true })
    expect((await lenient.ask('/guarded')).status).toBe(200)
  })
})

describe('local rate limit', () => {
  const limit = { source: 'Sidecar meshmart/orders', maxTokens: 2, tokensPerFill: 1, fillIntervalMs: 60_000 }

  it('answers 429 as Envoy does; who is refused before takes nothing', async () => {
    const door = await open({
      localRateLimit: limit,
      authorizationPolicies: [policy('DENY', { to: [{ paths: ['/no'] }] })],
    })
    expect((await door.ask('/no')).status).toBe(403)
    const statuses = [(await door.ask('/')).status, (await door.ask('/')).status]
    const third = await door.ask('/')
    expect([...statuses, third.status]).toEqual([200, 200, 429])
    expect(third.body).toBe('local_rate_limited')
    expect(third.headers['x-local-rate-limit']).toBe('true')
    await eventually(() => expect(door.ended[3]?.flag?.code).toBe('RL'))
    expect(door.ended[3]?.reason).toContain('Sidecar meshmart/orders')
  })

  it('stays as full as it is under a new policy with the same limit', async () => {
    const door = await open({ localRateLimit: limit })
    await door.ask('/')
    await door.ask('/')
    door.apply({ localRateLimit: { ...limit, source: 'Sidecar meshmart/renamed' } })
    expect((await door.ask('/')).status).toBe(429)
    door.apply({ localRateLimit: { ...limit, maxTokens: 3 } })
    expect((await door.ask('/')).status).toBe(200)
  })
})
