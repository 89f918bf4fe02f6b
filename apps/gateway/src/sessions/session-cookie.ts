/**
 * The cookie that says who somebody is: 256 random bits and a signature. The signature lets a forged cookie be refused without a look into
 * the database; the bits, of which the database keeps only the hash, are what really opens the session.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'

export const SESSION_COOKIE = 'meshmart_session'
export const SESSION_SECONDS = 30 * 24 * 3600

const { sign, unsign } = fastifyCookie

export const newSessionId = (): string => randomBytes(32).toString('base64url')
export const hashSessionId = (id: string): Buffer<ArrayBuffer> => createHash('sha256').update(id).digest()

/** What a request's session cookie says: there is none, we did not sign it, or an id. */
export type PresentedCookie = { kind: 'none' } | { kind: 'forged' } | { kind: 'signed'; id: string }

export function readSessionCookie(value: string | undefined, secret: string): PresentedCookie {
  if (value === undefined || value === '') return { kind: 'none' }
  const { valid, value: id } = unsign(value, secret)
  return valid && id !== null ? { kind: 'signed', id } : { kind: 'forged' }
}

export const signSessionId = (id: string, secret: string): string => sign(id, secret)

/** Out of reach for scripts and for other sites' forms. `secure` where the reader came over HTTPS: browsers refuse such a cookie on plain HTTP. */
export const cookieAttributes = (secure: boolean) =>
  ({ httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: SESSION_SECONDS }) as const

/**
 * The guest that a first order without any session belongs to. It follows from the Idempotency-Key, so that a client without cookies that tries
 * again after a lost answer is the same customer for orders, and buys once. It opens nothing by itself: a session is made only after orders has
 * accepted the body as the one that the key stands for.
 */
export function guestOfFirstOrder(idempotencyKey: string, secret: string): string {
  const bytes = createHmac('sha256', secret).update(`first order\0${idempotencyKey}`).digest().subarray(0, 16)
  // RFC 9562, version 8: an id whose bits have a meaning of our own.
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
