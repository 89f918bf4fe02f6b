import { expect, it } from 'vitest'
import { isAuthority } from './host-field.ts'

it.each(['localhost', 'shop.test:8080', 'shop.test:', '127.0.0.1', '[::1]:80', 'a_b', '%41.test', 'x'.repeat(255)])(
  '%s is a host',
  (text) => {
    expect(isAuthority(text)).toBe(true)
  },
)
it.each(['', 'a b', 'a/b', 'a@b', 'localhost:abc', 'a:1:2', '[::1', '[]', 'ÿþ', '%4', 'a,\tb', 'x'.repeat(256)])(
  '%j is none',
  (text) => {
    expect(isAuthority(text)).toBe(false)
  },
)
