import { expect, it } from 'vitest'
import { acceptTracestate } from './trace-state.ts'

const many = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',')

it.each([
  'a=1',
  'a=1,b=2',
  ' a=1 \t, \t b=2',
  ',a=1,',
  'a@b=1',
  'a@b@c=1',
  '0=1',
  'a=b c',
  `${'z'.repeat(256)}=1`,
  many(32),
])('carries %j as it is', (text) => {
  expect(acceptTracestate(text)).toBe(text)
})

it.each([
  '',
  ' ',
  ',',
  'a',
  '=1',
  'a=',
  'A=1',
  'a =1',
  'a.b=1',
  '@a=1',
  'a=b=c',
  'a=1,b=',
  'a=é',
  `${'z'.repeat(257)}=1`,
  `a=${'v'.repeat(257)}`,
  many(33),
  `a=${' '.repeat(9000)}`,
])('drops %j', (text) => {
  expect(acceptTracestate(text)).toBeNull()
})

it('shortens what is too long: long members first, then the oldest', () => {
  const short = (name: string): string => `${name}=${'v'.repeat(98)}`
  const long = `l=${'v'.repeat(200)}`
  expect(acceptTracestate([short('a'), long, short('b'), short('c'), short('d')].join(','))).toBe(
    [short('a'), short('b'), short('c'), short('d')].join(','),
  )
  const six = ['a', 'b', 'c', 'd', 'e', 'f'].map(short)
  expect(acceptTracestate(six.join(','))).toBe(six.slice(0, 5).join(','))
})
