import { expect, it } from 'vitest'
import { parseToken } from './parsed-token.ts'
import { part } from '../testing/issuer.ts'

const head = part({ alg: 'RS256', kid: 'a' })

it.each([
  ['one', 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
  ['a.b', 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
  ['a.b.c.d', 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
  [`+a/.${part({})}.c`, 'Jwt header is an invalid Base64url encoded'],
  [`${Buffer.from('{').toString('base64url')}.${part({})}.cc`, 'Jwt header is an invalid JSON'],
  [`${part([1])}.${part({})}.cc`, 'Jwt header is an invalid JSON'],
  [`${part({})}.${part({})}.cc`, 'Jwt header [alg] field is required and must be a string'],
  [`${part({ alg: 'none' })}.${part({})}.`, 'Jwt header [alg] is not supported'],
  [`${part({ alg: 'None' })}.${part({})}.cc`, 'Jwt header [alg] is not supported'],
  [`${part({ alg: 'RS256', crit: ['b64'], b64: false })}.${part({})}.cc`, 'Jwt header [alg] is not supported'],
  [`${part({ alg: 'RS256', kid: 1 })}.${part({})}.cc`, 'Jwt header [kid] field is not a string'],
  [`${head}.=.cc`, 'Jwt payload is an invalid Base64url encoded'],
  [`${head}.${part('text')}.cc`, 'Jwt payload is an invalid JSON'],
  [`${head}.${part({ iss: 1 })}.cc`, 'Jwt payload [iss] field is not a string'],
  [`${head}.${part({ sub: {} })}.cc`, 'Jwt payload [sub] field is not a string'],
  [`${head}.${part({ iat: 'now' })}.cc`, 'Jwt payload [iat] field is not an integer'],
  [`${head}.${part({ nbf: -1 })}.cc`, 'Jwt payload [nbf] field is not an integer'],
  [`${head}.${part({ exp: '1' })}.cc`, 'Jwt payload [exp] field is not an integer'],
  [`${head}.${part({ aud: [1] })}.cc`, 'Jwt payload [aud] field is not a string or string list'],
  [`${head}.${part({})}.!!`, 'Jwt signature is an invalid Base64url encoded'],
])('%s', (text, words) => {
  expect(parseToken(text)).toMatchObject({ failed: true, words, status: 401 })
})

it('is read with everything that the checks need', () => {
  const claims = { iss: 'i', sub: 's', aud: ['a', 'b'], exp: 5, nbf: 2 }
  expect(parseToken(`${head}.${part(claims)}.cc`)).toMatchObject({
    failed: false,
    algorithm: 'RS256',
    keyId: 'a',
    issuer: 'i',
    audiences: ['a', 'b'],
    expiry: 5000,
    notBefore: 2000,
    claims,
  })
  const bare = parseToken(`${part({ alg: 'ES256' })}.${part({ aud: 'one' })}.cc`)
  expect(bare).toMatchObject({ keyId: null, issuer: '', audiences: ['one'], expiry: Number.POSITIVE_INFINITY })
})
