import { describe, expect, it } from 'vitest'
import { hashPassword, PasswordQueueFull, verifyPassword } from './password.ts'

describe('passwords', () => {
  it('accepts the password that was hashed, and no other', async () => {
    const hash = await hashPassword('correct horse battery')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await verifyPassword('correct horse battery', hash)).toBe(true)
    expect(await verifyPassword('correct horse batterz', hash)).toBe(false)
  })

  it('never gives the same hash twice', async () => {
    expect(await hashPassword('correct horse battery')).not.toBe(await hashPassword('correct horse battery'))
  })

  it('knows a published vector: the cost is read from the hash', async () => {
    // Reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
    const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await verifyPassword('password', hash)).toBe(true)
  })

  it('takes one password typed as different code points for the same', async () => {
    expect(await verifyPassword('e\u0301ternellement', await hashPassword('\u00e9ternellement'))).toBe(true)
  })

  it('does the same work for an account that does not exist', async () => {
    const hash = await hashPassword('correct horse battery')
    const time = async (stored: string | null): Promise<number> => {
      const begin = performance.now()
      for (let i = 0; i < 5; i++) await verifyPassword('a wrong password', stored)
      return performance.now() - begin
    }
    const [known, unknown] = [await time(hash), await time(null)]
    expect(await verifyPassword('correct horse battery', null)).toBe(false)
    // A look-up without hashing would be a thousand times quicker; the factor leaves room for a busy machine.
    expect(unknown).toBeGreaterThan(known / 5)
  })

  it('refuses at once what would wait too long', async () => {
    const burst = Array.from({ length: 110 }, () => verifyPassword('a wrong password', null))
    const results = await Promise.allSettled(burst)
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(8)
    expect(refused.every((result) => result.reason instanceof PasswordQueueFull)).toBe(true)
  }, 60_000)
})
