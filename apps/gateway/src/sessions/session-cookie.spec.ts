import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { guestOfFirstOrder, hashSessionId, newSessionId, readSessionCookie, signSessionId } from './session-cookie.ts'

const secret = 's'.repeat(32)

describe('the session cookie', () => {
  it('comes back as the id that it was made from', () => {
    const id = newSessionId()
    expect(Buffer.from(id, 'base64url')).toHaveLength(32)
    expect(readSessionCookie(signSessionId(id, secret), secret)).toEqual({ kind: 'signed', id })
    expect(hashSessionId(id)).toHaveLength(32)
  })

  it('tells an absent cookie from one that is not ours', () => {
    const signed = signSessionId('id', secret)
    expect(readSessionCookie(undefined, secret)).toEqual({ kind: 'none' })
    expect(readSessionCookie('', secret)).toEqual({ kind: 'none' })
    for (const forged of ['id', signSessionId('id', 'x'.repeat(32)), signed.replace('id', 'ie'), `${signed}x`, '.'])
      expect(readSessionCookie(forged, secret), forged).toEqual({ kind: 'forged' })
  })
})

describe('the guest of a first order', () => {
  it('is the same for the same key, and cannot be guessed without the secret', () => {
    expect(guestOfFirstOrder('key-00000001', secret)).toBe(guestOfFirstOrder('key-00000001', secret))
    expect(guestOfFirstOrder('key-00000001', secret)).not.toBe(guestOfFirstOrder('key-00000002', secret))
    expect(guestOfFirstOrder('key-00000001', secret)).not.toBe(guestOfFirstOrder('key-00000001', 'x'.repeat(32)))
    expect(z.uuid().safeParse(guestOfFirstOrder('key-00000001', secret)).success).toBe(true)
  })
})
