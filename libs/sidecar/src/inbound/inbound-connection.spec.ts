import { expect, it } from 'vitest'
import { forwardedClientCert } from './inbound-connection.ts'

it('x-forwarded-client-cert says who received and who called', () => {
  expect(forwardedClientCert('spiffe://a/ns/b/sa/c', 'spiffe://a/ns/b/sa/d')).toBe(
    'By=spiffe://a/ns/b/sa/c;URI=spiffe://a/ns/b/sa/d',
  )
})
