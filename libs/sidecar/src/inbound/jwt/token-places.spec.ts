import { expect, it } from 'vitest'
import { withoutParameter } from './token-places.ts'

it('a parameter is taken out of a query, and the rest stays as it came', () => {
  expect(withoutParameter('a=%20&access_token=x&b&access%5Ftoken=y', 'access_token')).toBe('a=%20&b')
  expect(withoutParameter('access_token=x', 'access_token')).toBe('')
})
