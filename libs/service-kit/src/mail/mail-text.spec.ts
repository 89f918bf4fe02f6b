import { expect, it } from 'vitest'
import { isOneAddress, oneLine } from './mail-text.ts'

it('a subject is one line, whatever was put into it', () => {
  expect(oneLine('Your order\r\nBcc: all@example.org')).toBe('Your order Bcc: all@example.org')
  expect(oneLine('a\u0000b\u0085c\u2028d\te ')).toBe('a b c d e')
  expect(oneLine('您的订单 · é')).toBe('您的订单 · é')
})

it('a recipient is one address', () => {
  expect(['ada@example.org', "o'neill+shop@sub.example.org", '用户@example.org'].map(isOneAddress)).toEqual([
    true,
    true,
    true,
  ])
  const wrong = [
    '',
    'ada',
    'a@b@c',
    'a@b, c@d',
    'a@b\r\nBcc: c@d',
    'Ada <a@b>',
    'a b@c',
    'a@b;c@d',
    `${'a'.repeat(250)}@b.example`,
  ]
  expect(wrong.filter(isOneAddress)).toEqual([])
})
