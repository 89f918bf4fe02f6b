/**
 * Private keys at rest: AES-256-GCM under a secret that lies elsewhere, so that a copy of the authority's folder alone signs nothing. The secret is 256
 * random bits; nothing could be guessed, and no slow derivation is needed. The name of the file is bound in: one key cannot be put in another's place.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const BEGIN = '-----BEGIN MESHMART SEALED KEY-----'
const END = '-----END MESHMART SEALED KEY-----'
const IV_BYTES = 12
const TAG_BYTES = 16
export const SECRET_BYTES = 32

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** @param text content of the secret's file. @throws Error that says what it must be */
export function readSecret(text: string): Buffer {
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length !== SECRET_BYTES) throw new Error(`must be ${SECRET_BYTES} bytes in base64url, is ${secret.length}`)
  return secret
}

export const isSealed = (text: string): boolean => text.startsWith(BEGIN)

/** @param name of the file that it is for, such as `root.key` */
export function seal(pem: string, secret: Buffer, name: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(pem, 'utf8'), cipher.final()])
  const text = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
  return `${BEGIN}\n${text.replace(/.{64}(?=.)/g, '$&\n')}\n${END}\n`
}

/** @throws Error where the secret is another one, or the file was changed */
export function unseal(text: string, secret: Buffer, name: string): string {
  const bytes = Buffer.from(text.replace(BEGIN, '').replace(END, ''), 'base64')
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch (error) {
    throw new Error(`${name}: cannot be opened: the secret is another one, or the file was changed`, { cause: error })
  }
}
