import { expect, it } from 'vitest'
import { ISSUER, makeIssuer, seconds } from '../testing/issuer.ts'
import { InlineKeys } from './key-source.ts'
import { RuleVerifier } from './rule-verifier.ts'
import { TokenCache } from './token-cache.ts'
import { verifiedToken } from './verified-token.ts'
import { parseToken } from './parsed-token.ts'

const issuer = await makeIssuer()
const verifierFor = (audiences?: readonly string[]): RuleVerifier =>
  new RuleVerifier(
    'RequestAuthentication meshmart/jwt',
    { issuer: ISSUER, jwks: issuer.jwks, ...(audiences === undefined ? {} : { audiences }) },
    new InlineKeys(issuer.jwks),
  )

it('verifies once, then knows the token until its end and a minute more', async () => {
  const verifier = verifierFor()
  const exp = seconds() + 100
  const token = await issuer.token({ exp, azp: 'web', scope: 'read write' })
  expect(verifier.known(token, Date.now())).toBeNull()
  const verified = await verifier.verify(token, Date.now())
  expect(verified).toMatchObject({
    issuer: ISSUER,
    subject: 'ann',
    audiences: ['shop'],
    azp: 'web',
    requestPrincipal: `${ISSUER}/ann`,
    claims: { scope: 'read write' },
  })
  expect(verifier.known(token, Date.now())).toBe(verified)
  expect(verifier.known(token, exp * 1000 + 60_000)).toBe(verified)
  expect(verifier.known(token, exp * 1000 + 60_001)).toMatchObject({ words: 'Jwt is expired', status: 401 })
})

it.each([
  ['another issuer', { iss: 'https://elsewhere.example.com' }, undefined, 'Jwt issuer is not configured', 401],
  ['none', { iss: undefined }, undefined, 'Jwt issuer is not configured', 401],
  ['an issuer with a slash more', { iss: `${ISSUER}/` }, undefined, 'Jwt issuer is not configured', 401],
  ['over for 61 s', { exp: seconds() - 62 }, undefined, 'Jwt is expired', 401],
  ['not yet for 62 s', { nbf: seconds() + 120 }, undefined, 'Jwt not yet valid', 401],
  ['for somebody else', { aud: 'bank' }, ['shop'], 'Audiences in Jwt are not allowed', 403],
  ['for nobody', { aud: undefined }, ['shop'], 'Audiences in Jwt are not allowed', 403],
])('refuses one of %s without looking at its signature', async (_what, claims, audiences, words, status) => {
  const token = await issuer.token(claims)
  expect(verifierFor(audiences).known(token, Date.now())).toMatchObject({ words, status })
})

it.each([
  ['over for half a minute', { exp: seconds() - 30 }, undefined],
  ['that begins in half a minute', { nbf: seconds() + 30 }, undefined],
  ['for one of several', { aud: ['bank', 'shop'] }, ['other', 'shop']],
  ['for a URL that is written otherwise', { aud: 'https://shop.test/' }, ['shop.test']],
  ['without an end', { exp: undefined }, undefined],
])('takes one %s', async (_what, claims, audiences) => {
  expect(await verifierFor(audiences).verify(await issuer.token(claims), Date.now())).toMatchObject({ failed: false })
})

it('has no principal where the token names no subject', async () => {
  const token = await issuer.token({ sub: undefined })
  expect(await verifierFor().verify(token, Date.now())).toMatchObject({ subject: null, requestPrincipal: null })
})

it('forgets what was verified with keys that are no longer there', async () => {
  let keys = new InlineKeys(issuer.jwks)
  const source = {
    get current() {
      return keys.current
    },
    keys: () => Promise.resolve(keys.current),
    newerThan: () => Promise.resolve(keys.current),
    close: () => undefined,
  }
  const verifier = new RuleVerifier('x', { issuer: ISSUER }, source)
  const token = await issuer.token()
  await verifier.verify(token, Date.now())
  expect(verifier.known(token, Date.now())).not.toBeNull()
  keys = new InlineKeys((await makeIssuer('key-2')).jwks)
  expect(verifier.known(token, Date.now())).toBeNull()
  expect(await verifier.verify(token, Date.now())).toMatchObject({ failed: true })
})

it('the cache is bounded, and the oldest goes first', async () => {
  const cache = new TokenCache(2)
  const parsed = parseToken(await issuer.token())
  if (parsed.failed) throw new Error(parsed.words)
  const verified = verifiedToken(parsed, new InlineKeys(issuer.jwks).current)
  for (const text of ['a', 'b', 'c']) cache.set(text, verified)
  cache.set('x'.repeat(9000), verified)
  expect([cache.size, cache.get('a'), cache.get('c')]).toEqual([2, undefined, verified])
})
