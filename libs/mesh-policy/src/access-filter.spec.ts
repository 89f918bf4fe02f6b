import { expect, test } from 'vitest'
import { accessFilterProblem, prepareAccessFilter, type LoggedRequest } from './access-filter.ts'

const request: LoggedRequest = {
  method: 'GET',
  path: '/v1/orders',
  authority: 'orders.test',
  status: 503,
  reason: 'no healthy upstream',
  flag: 'UH',
  bytesReceived: 0,
  bytesSent: 19,
}

test.each([
  ['response.code >= 400', true],
  ['response.code >= 400 && response.code < 500', false],
  ['response.code == 200 || response.flags == "UH"', true],
  ['!(response.code == 503)', false],
  ['!has(response.code) || response.code >= 500', true],
  ["request.path.startsWith('/v1/')", true],
  ["request.url_path.endsWith('.css')", false],
  ["request.host.contains('orders') && request.method in ['GET', 'HEAD']", true],
  ['response.size > 100', false],
  ['true', true],
  ['request.method', false],
])('%s', (expression, expected) => {
  expect(prepareAccessFilter(expression)(request)).toBe(expected)
})

test.each([
  ['', 'ends'],
  ['response.code >=', 'ends'],
  ['response.kode == 1', 'response.kode is no attribute'],
  ['response.code == 1 response.code', 'character'],
  ['(response.code == 1', ') is missing'],
  ['request.path.lowerAscii("a")', 'lowerAscii is no method'],
  ['request.path.startsWith(1)', 'needs a text'],
  ['response.code # 1', 'character'],
  ['request.path.matches("a")', 'matches is no method'],
])('%s cannot be used', (expression, why) => {
  expect(accessFilterProblem(expression)).toContain(why)
})
