import { expect, it } from 'vitest'
import { lastForwardedFor } from './forwarded-for.ts'

it.each([
  [undefined, null],
  ['', null],
  ['203.0.113.7', '203.0.113.7'],
  ['10.0.0.1, 2001:db8::1', '2001:db8::1'],
  ['203.0.113.7, unknown', null],
])('the client behind x-forwarded-for %s is %s', (field, client) => {
  expect(lastForwardedFor(field)).toBe(client)
})
