/** Issuers of tokens for tests: real keys, real signatures. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

export const ISSUER = 'https://accounts.example.com'

export interface TestIssuer {
  readonly jwk: JWK
  /** JSON Web Key Set of this key alone. */
  readonly jwks: string
  readonly publicKey: CryptoKey
  /** @param claims beside the usual ones, or in their place; undefined leaves one out */
  token(claims?: Readonly<Record<string, unknown>>, header?: { kid?: string; crit?: string[] }): Promise<string>
}

/** @param kid null leaves it out of the key set and of the tokens */
export async function makeIssuer(kid: string | null = 'key-1', algorithm = 'RS256'): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), use: 'sig', ...(kid === null ? {} : { kid }) }
  return {
    jwk,
    jwks: JSON.stringify({ keys: [jwk] }),
    publicKey,
    token: (claims = {}, header = {}) =>
      new SignJWT(
        Object.assign<JWTPayload, object>({ iss: ISSUER, sub: 'ann', aud: 'shop', exp: seconds() + 600 }, claims),
      )
        .setProtectedHeader({ alg: algorithm, ...(kid === null ? {} : { kid }), ...header })
        .sign(privateKey),
  }
}

/** Since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
