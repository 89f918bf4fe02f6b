/** P-256 keys and their PEM form. Every key of the mesh has this one kind, so that nothing is negotiated. */
import { webcrypto } from 'node:crypto'

export const signatureAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** DER prefix of a P-256 SubjectPublicKeyInfo (RFC 5480), up to the uncompressed point. */
const p256PublicKeyPrefix = '3059301306072a8648ce3d020106082a8648ce3d03010703420004'

export type KeyPair = webcrypto.CryptoKeyPair
export type PrivateKey = webcrypto.CryptoKey

export const generateKeyPair = (): Promise<KeyPair> =>
  webcrypto.subtle.generateKey(signatureAlgorithm, true, ['sign', 'verify'])

export async function privateKeyPem(key: PrivateKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

/** Reads a PKCS #8 key, for signing only. Throws where it is no P-256 key. */
export function readPrivateKey(pem: string): Promise<PrivateKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', der, signatureAlgorithm, false, ['sign'])
}

export const isP256PublicKey = (spki: ArrayBuffer): boolean =>
  Buffer.from(spki).toString('hex').startsWith(p256PublicKeyPrefix)
