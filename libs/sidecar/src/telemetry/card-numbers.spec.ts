import { expect, it } from 'vitest'
import { withoutCardNumbers } from './card-numbers.ts'

it.each([
  ['/orders/4242424242424242', '/orders/[card …4242]'],
  ['/a/378282246310005/6011000990139424?', '/a/[card …0005]/[card …9424]?'],
  ['/orders/4242424242424241', '/orders/4242424242424241'],
  ['/orders/42424242424', '/orders/42424242424'],
  ['/n/42424242424242424242', '/n/42424242424242424242'],
  ['/v1/products', '/v1/products'],
])('%s is written as %s', (path, written) => {
  expect(withoutCardNumbers(path)).toBe(written)
})
