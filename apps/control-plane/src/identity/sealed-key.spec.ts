import { describe, expect, it } from 'vitest'
import { isSealed, newSecret, readSecret, seal, unseal } from './sealed-key.ts'

describe('a sealed key', () => {
  const secret = readSecret(newSecret())
  const sealed = seal('PRIVATE', secret, 'root.key')

  it('opens with its secret under its name, and never looks the same twice', () => {
    expect(unseal(sealed, secret, 'root.key')).toBe('PRIVATE')
    expect(isSealed(sealed)).toBe(true)
    expect(sealed).not.toContain('PRIVATE\n')
    expect(seal('PRIVATE', secret, 'root.key')).not.toBe(sealed)
  })

  it.each([
    ['another secret', () => unseal(sealed, readSecret(newSecret()), 'root.key')],
    ["another key's place", () => unseal(sealed, secret, 'issuing.key')],
    [
      'a changed letter',
      () =>
        unseal(
          sealed.replace(/\n./, (end) => (end === '\nA' ? '\nB' : '\nA')),
          secret,
          'root.key',
        ),
    ],
    ['a file that was cut off', () => unseal('-----BEGIN MESHMART SEALED KEY-----\nAAAA\n', secret, 'root.key')],
  ])('does not open with %s', (_what, open) => {
    expect(open).toThrow()
  })

  it.each(['', 'short', newSecret() + newSecret()])('a secret is 32 bytes, not %j', (text) => {
    expect(() => readSecret(text)).toThrow('must be 32 bytes')
  })
})
