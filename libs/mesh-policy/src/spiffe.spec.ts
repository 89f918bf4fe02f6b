import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSpiffeId, parseSpiffeId, principalOf } from './spiffe.ts'

const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)

test('what is formatted can be parsed', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{1,20}$/), segment, segment, (trustDomain, namespace, account) => {
      const id = { trustDomain, namespace, account }
      expect(parseSpiffeId(formatSpiffeId(id))).toEqual(id)
    }),
  )
})

test.each([
  'spiffe://cluster.local/ns/meshmart/sa/',
  'spiffe://cluster.local/ns/meshmart/sa/orders/',
  'spiffe://cluster.local/ns/meshmart/sa/orders\n',
  'spiffe://Cluster.local/ns/meshmart/sa/orders',
  'spiffe://cluster.local:80/ns/meshmart/sa/orders',
  'spiffe://cluster.local/ns/../sa/orders',
  'spiffe://cluster.local/ns/mesh%20mart/sa/orders',
  'SPIFFE://cluster.local/ns/meshmart/sa/orders',
  'cluster.local/ns/meshmart/sa/orders',
  'spiffe://cluster.local/sa/orders/ns/meshmart',
])('%j is nobody', (text) => {
  expect(parseSpiffeId(text)).toBeNull()
})

test('formatting names what does not fit', () => {
  expect(() => formatSpiffeId({ trustDomain: 'a', namespace: '', account: 'b' })).toThrow('namespace')
})

test('a principal is the id without its scheme', () => {
  expect(principalOf('spiffe://cluster.local/ns/a/sa/b')).toBe('cluster.local/ns/a/sa/b')
})
