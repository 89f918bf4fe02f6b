import { createHmac } from 'node:crypto'
import { exportSPKI } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeIssuer, part, seconds, ISSUER } from '../testing/issuer.ts'
import { KeySet } from './key-set.ts'
import { parseToken, type ParsedToken } from './parsed-token.ts'

const NO_KEY = "Jwks doesn't have key to match kid or alg from Jwt"

function parsed(text: string): ParsedToken {
  const token = parseToken(text)
  if (token.failed) throw new Error(token.words)
  return token
}
const outcome = async (keys: string, text: string): Promise<string> =>
  (await KeySet.parse(keys).verify(parsed(text)))?.words ?? 'good'

describe('a key set', () => {
  it.each([
    ['{', 'Jwks is an invalid JSON'],
    ['[]', 'Jwks is an invalid JSON'],
    ['{}', 'Jwks does not have [keys] field'],
    ['{"keys":{}}', '[keys] in Jwks is not an array'],
    ['{"keys":[]}', "Jwks doesn't have any valid public key"],
    ['{"keys":[{"kty":"RSA"},{"kty":"ABC"},1]}', "Jwks doesn't have any valid public key"],
  ])('%s', (text, words) => {
    expect(() => KeySet.parse(text)).toThrow(words)
  })

  it('does not verify with a key for encryption', async () => {
    const issuer = await makeIssuer()
    expect(() => KeySet.parse(JSON.stringify({ keys: [{ ...issuer.jwk, use: 'enc' }] }))).toThrow('any valid')
  })
})

describe('a signature', () => {
  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    '%s',
    async (algorithm) => {
      const issuer = await makeIssuer('k', algorithm)
      const token = await issuer.token()
      expect(await outcome(issuer.jwks, token)).toBe('good')
      const [head, , signature] = token.split('.')
      const forged = `${head}.${part({ iss: ISSUER, sub: 'admin', exp: seconds() + 600 })}.${signature}`
      expect(await outcome(issuer.jwks, forged)).toBe('Jwt verification fails')
    },
  )

  it('HS256 with a shared secret', async () => {
    const secret = Buffer.from('a secret of at least thirty-two bytes')
    const keys = JSON.stringify({ keys: [{ kty: 'oct', k: secret.toString('base64url'), kid: 'k' }] })
    const text = `${part({ alg: 'HS256', kid: 'k' })}.${part({ iss: ISSUER })}`
    const mac = createHmac('sha256', secret).update(text).digest('base64url')
    expect(await outcome(keys, `${text}.${mac}`)).toBe('good')
    expect(await outcome(keys, `${text}.${'A'.repeat(43)}`)).toBe('Jwt verification fails')
  })

  it('RS256 key used as an HS256 secret: nobody is fooled, whatever form of the key was taken', async () => {
    const issuer = await makeIssuer()
    const text = `${part({ alg: 'HS256', kid: 'key-1' })}.${part({ iss: ISSUER, sub: 'admin' })}`
    const pem = await exportSPKI(issuer.publicKey)
    for (const secret of [pem, pem.trim(), issuer.jwks, Buffer.from(issuer.jwk.n ?? '', 'base64url')]) {
      const mac = createHmac('sha256', secret).update(text).digest('base64url')
      expect(await outcome(issuer.jwks, `${text}.${mac}`)).toBe('Jwt verification fails')
    }
  })

  it('of another key', async () => {
    const [one, other] = [await makeIssuer('a'), await makeIssuer('b')]
    expect(await outcome(one.jwks, await other.token())).toBe(NO_KEY)
    const same = await makeIssuer('a')
    expect(await outcome(one.jwks, await same.token())).toBe('Jwt verification fails')
  })

  it('a key for another algorithm is not tried', async () => {
    const issuer = await makeIssuer()
    const keys = JSON.stringify({ keys: [{ ...issuer.jwk, alg: 'PS256' }] })
    expect(await outcome(keys, await issuer.token())).toBe(NO_KEY)
  })

  it('without kid every key is tried, and a key without kid fits every token', async () => {
    const [one, other] = [await makeIssuer('a'), await makeIssuer('b')]
    const both = JSON.stringify({ keys: [one.jwk, other.jwk] })
    const nameless = await makeIssuer(null)
    const token = await nameless.token()
    expect(await outcome(both, token)).toBe('Jwt verification fails')
    expect(await outcome(JSON.stringify({ keys: [one.jwk, nameless.jwk] }), token)).toBe('good')
    expect(await outcome(nameless.jwks, await nameless.token({}, { kid: 'x' }))).toBe('good')
  })

  it('a private key in the set is used for nothing but verifying', async () => {
    const issuer = await makeIssuer('k', 'ES256')
    const keys = JSON.stringify({ keys: [{ ...issuer.jwk, d: 'AAAA', key_ops: ['sign'] }] })
    expect(await outcome(keys, await issuer.token())).toBe('good')
  })
})
