import { expect, test } from 'vitest'
import { expandHost, hostProblem } from './host.ts'

test.each([
  ['my-service', 'my-service.default.svc.cluster.local'],
  ['myapp.example.com', 'myapp.example.com'],
  ['*', '*'],
  ['*.Example.com', '*.example.com'],
])('%s in default is %s', (written, host) => {
  expect(expandHost(written, 'default')).toBe(host)
})

test.each(['a', 'a.b', 'A.b', 'a.b.', '*', '*.a', '*a', '*-a.b', '1.b'])('%s is a host', (host) => {
  expect(hostProblem(host, true)).toBeNull()
})

test.each([
  '',
  'a..b',
  'a_b',
  '-a',
  'a.*',
  '*.*',
  '10.0.0.1',
  `${'a'.repeat(64)}.b`,
  Array(60).fill('abcdef').join('.'),
])('%j is none', (host) => {
  expect(hostProblem(host, true)).not.toBeNull()
})

test.each(['*', '*.a'])('%s is none where no wildcard may stand', (host) => {
  expect(hostProblem(host, false)).not.toBeNull()
})
