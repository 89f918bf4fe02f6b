import { describe, expect, it } from 'vitest'
import { forwardedClientCert } from '../inbound/inbound-connection.ts'
import { principalInClientCert } from './client-certificate.ts'

const orders = 'spiffe://cluster.local/ns/meshmart/sa/orders'
const gateway = 'spiffe://cluster.local/ns/meshmart/sa/gateway'

describe('x-forwarded-client-cert', () => {
  it('names the caller as our own sidecar writes it', () => {
    expect(principalInClientCert(forwardedClientCert(orders, gateway))).toBe('cluster.local/ns/meshmart/sa/gateway')
  })

  it.each([
    ['in any case and order', `uri=${gateway};Hash=ab;By=${orders}`, 'cluster.local/ns/meshmart/sa/gateway'],
    ['quoted', `By=${orders};URI="${gateway}"`, 'cluster.local/ns/meshmart/sa/gateway'],
    ['of the last hop', `URI=${orders},By=${orders};URI=${gateway}`, 'cluster.local/ns/meshmart/sa/gateway'],
  ])('%s', (_, field, principal) => {
    expect(principalInClientCert(field)).toBe(principal)
  })

  it.each([
    ['no field', undefined],
    ['an empty one', ''],
    ['no URI', `By=${orders};Hash=ab`],
    ['a URI that is no SPIFFE id', 'By=x;URI=https://example.com'],
    ['a last hop without one', `URI=${orders},By=${orders}`],
  ])('%s is nobody', (_, field) => {
    expect(principalInClientCert(field)).toBeNull()
  })
})
