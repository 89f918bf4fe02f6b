import { describe, expect, it } from 'vitest'
import { isAuthority, isFieldValue, isToken } from './grammar.ts'

describe('grammar of HTTP', () => {
  it.each(['a', 'a.example:8080', '[::1]:80', '127.0.0.1', 'a:', 'caf%C3%A9.example', 'a_b', '[v1.x]'])(
    '%s is an authority',
    (text) => {
      expect(isAuthority(text)).toBe(true)
    },
  )
  it.each([
    '',
    ':80',
    'a b',
    'a/b',
    'u@a',
    'a:b',
    'a:123456',
    'a,b c',
    '[::1',
    'a?',
    'caf\xe9',
    'a%zz',
    'a\x00',
    'x'.repeat(256),
  ])('%j is none', (text) => {
    expect(isAuthority(text)).toBe(false)
  })
  it('a field value is latin1 without control characters', () => {
    expect(isFieldValue('a\tb \xff')).toBe(true)
    for (const bad of ['\n', '\r', '\0', '\x7f', 'Ċ', '\u{1f600}']) expect(isFieldValue(`a${bad}`)).toBe(false)
  })
  it('a token is not empty and has no separators', () => {
    expect(isToken('X-a_1!')).toBe(true)
    for (const bad of ['', 'a b', 'a:', 'a"', 'é', 'Ń']) expect(isToken(bad)).toBe(false)
  })
})
