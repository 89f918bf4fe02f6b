/**
 * The keys of one issuer (RFC 7517) and what they say about a signature. The type of a key decides which algorithms may be used with it, and only its public
 * members are taken: a token that calls an RSA key a shared secret finds no key at all.
 */
import type { CryptoKey, JWK } from 'jose'
import { JWT_FAILURES, type JwtFailure } from '@meshmart/mesh-policy'
import { isRecord, type ParsedToken } from './parsed-token.ts'

interface PublicKey {
  /** Null where the set does not say; then it may be any token's. */
  readonly keyId: string | null
  readonly algorithm: string | null
  /** `RSA`, `EC P-256`, `OKP Ed25519`, `oct`. */
  readonly type: string
  readonly jwk: JWK
  /** By algorithm: a CryptoKey is made for one. */
  readonly imported: Map<string, Promise<CryptoKey | Uint8Array>>
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'EC P-256', ES384: 'EC P-384', ES512: 'EC P-521' }

export class KeySet {
  /** As it came: whoever fetches it again sees whether anything has changed. */
  readonly text: string
  readonly #keys: readonly PublicKey[]

  private constructor(text: string, keys: readonly PublicKey[]) {
    this.text = text
    this.#keys = keys
  }

  /** @throws Error in Envoy's words where the text is no JSON Web Key Set with at least one key that can verify */
  static parse(text: string): KeySet {
    const set = jsonOf(text)
    if (!isRecord(set)) throw new Error('Jwks is an invalid JSON')
    if (set['keys'] === undefined) throw new Error('Jwks does not have [keys] field')
    if (!Array.isArray(set['keys'])) throw new Error('[keys] in Jwks is not an array')
    const keys = set['keys'].map(publicKey).filter((key) => key !== null)
    if (keys.length === 0) throw new Error("Jwks doesn't have any valid public key")
    return new KeySet(text, keys)
  }

  /** @returns null where one of the keys made this signature */
  async verify(token: ParsedToken): Promise<JwtFailure | null> {
    const { algorithm, keyId } = token
    const type = typeOf(algorithm)
    let named = false
    for (const key of this.#keys) {
      if (keyId !== null && key.keyId !== null && key.keyId !== keyId) continue
      if (key.algorithm !== null && key.algorithm !== algorithm) continue
      named = true
      if (key.type === type && (await signed(token, key))) return null
    }
    return named ? JWT_FAILURES.verification : JWT_FAILURES.noKey
  }
}

async function signed(token: ParsedToken, key: PublicKey): Promise<boolean> {
  // With the first token: most workloads never see one, and the library costs some 5 MB.
  const { compactVerify, importJWK } = await import('jose')
  let imported = key.imported.get(token.algorithm)
  if (imported === undefined) key.imported.set(token.algorithm, (imported = importJWK(key.jwk, token.algorithm)))
  try {
    await compactVerify(token.text, await imported, { algorithms: [token.algorithm] })
    return true
  } catch {
    // Not signed by this key, or a key that cannot be imported or is too short: in both cases the answer is no.
    return false
  }
}

function typeOf(algorithm: string): string {
  if (algorithm.startsWith('RS') || algorithm.startsWith('PS')) return 'RSA'
  if (algorithm.startsWith('HS')) return 'oct'
  return CURVES[algorithm] ?? 'OKP Ed25519'
}

function publicKey(value: unknown): PublicKey | null {
  if (!isRecord(value) || (value['use'] !== undefined && value['use'] !== 'sig')) return null
  const found = membersOf(value)
  if (found === null) return null
  const { kid, alg } = value
  return {
    keyId: typeof kid === 'string' && kid !== '' ? kid : null,
    algorithm: typeof alg === 'string' && alg !== '' ? alg : null,
    type: found.type,
    jwk: found.jwk,
    imported: new Map(),
  }
}

function membersOf({ kty, n, e, crv, x, y, k }: Record<string, unknown>): { type: string; jwk: JWK } | null {
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') return { type: kty, jwk: { kty, n, e } }
  if (kty === 'EC' && typeof crv === 'string' && typeof x === 'string' && typeof y === 'string')
    return { type: `${kty} ${crv}`, jwk: { kty, crv, x, y } }
  if (kty === 'OKP' && typeof crv === 'string' && typeof x === 'string')
    return { type: `${kty} ${crv}`, jwk: { kty, crv, x } }
  if (kty === 'oct' && typeof k === 'string') return { type: kty, jwk: { kty, k } }
  return null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
