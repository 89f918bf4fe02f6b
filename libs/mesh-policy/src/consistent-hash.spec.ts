import { describe, expect, test } from 'vitest'
import { hashKeyOf, newHashCookie, type HashableRequest } from './consistent-hash.ts'
import type { ConsistentHash } from './snapshot.ts'

const RING = { kind: 'RING_HASH', minimumRingSize: 1024 } as const
const by = (on: ConsistentHash['on']): ConsistentHash => ({ on, algorithm: RING })
const cookie = (name: string, ttlSeconds: number | null = null, path = ''): ConsistentHash =>
  by({ kind: 'cookie', name, path, ttlSeconds })
const request = (more: { headers?: Record<string, string>; query?: string; sourceIp?: string }): HashableRequest => ({
  query: more.query ?? '',
  sourceIp: more.sourceIp ?? '',
  header: (name) => more.headers?.[name],
})

describe('what is hashed', () => {
  test('a header', () => {
    expect(hashKeyOf(by({ kind: 'header', name: 'x-user' }), request({ headers: { 'x-user': 'ann' } }))).toBe('ann')
    expect(hashKeyOf(by({ kind: 'header', name: 'x-user' }), request({}))).toBeNull()
  })

  test('a query parameter', () => {
    expect(hashKeyOf(by({ kind: 'query', name: 'sku' }), request({ query: 'a=1&sku=42' }))).toBe('42')
    expect(hashKeyOf(by({ kind: 'query', name: 'sku' }), request({ query: 'a=1' }))).toBeNull()
  })

  test('the caller’s address', () => {
    expect(hashKeyOf(by({ kind: 'sourceIp' }), request({ sourceIp: '10.0.0.1' }))).toBe('10.0.0.1')
    expect(hashKeyOf(by({ kind: 'sourceIp' }), request({}))).toBeNull()
  })

  test.each([
    ['session=abc', 'abc'],
    ['a=1; session=abc; b=2', 'abc'],
    ['a=1;session=abc', 'abc'],
    ['session="abc"', 'abc'],
    ['session=', ''],
    ['mysession=abc', null],
    ['session2=abc', null],
    ['a=session=abc', null],
    ['', null],
    [undefined, null],
  ])('a cookie: %s has %s', (field, value) => {
    const headers: Record<string, string> = field === undefined ? {} : { cookie: field }
    expect(hashKeyOf(cookie('session'), request({ headers }))).toBe(value)
  })
})

describe('a cookie for whoever has none', () => {
  test('is made where the policy has a ttl', () => {
    expect(newHashCookie(cookie('session', 60, '/shop'), () => 0.5)).toEqual({
      value: '8000000080000000',
      setCookie: 'session="8000000080000000"; Max-Age=60; Path=/shop; HttpOnly',
    })
  })

  test('with a ttl of 0 it lasts as long as the browser', () => {
    expect(newHashCookie(cookie('session', 0), () => 0)?.setCookie).toBe('session="0000000000000000"; HttpOnly')
  })

  test('its value is the key of the next request', () => {
    const made = newHashCookie(cookie('session', 60), () => 0.123)
    const sentBack = made?.setCookie.split(';')[0] ?? ''
    expect(hashKeyOf(cookie('session', 60), request({ headers: { cookie: sentBack } }))).toBe(made?.value)
  })

  test('is not made otherwise', () => {
    expect(newHashCookie(cookie('session'), () => 0)).toBeNull()
    expect(newHashCookie(by({ kind: 'sourceIp' }), () => 0)).toBeNull()
  })
})
