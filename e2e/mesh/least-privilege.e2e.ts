/** Who may call what, tried on the wire with real certificates: infra/mesh/authorization and STRICT mTLS, before any application code runs. */
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { meshLogOf, tlsPortOf } from '../testing/replicas.ts'
import { call, forge, joinAs, type Identity } from '../testing/workload-identity.ts'

const { home } = inject('shop')
const nobody = '00000000-0000-4000-8000-000000000000'
const identities: Record<string, Identity> = {}

beforeAll(async () => {
  for (const account of ['gateway', 'orders', 'payments', 'inventory'])
    identities[account] = await joinAs(home, 'meshmart', account)
  identities['my-service'] = await joinAs(home, 'default', 'my-service')
})

describe('the caller’s identity decides', () => {
  test.each([
    ['gateway', 'inventory-1', 'GET', '/v1/products', 200],
    ['orders', 'inventory-1', 'GET', '/v1/products', 200],
    ['gateway', 'inventory-1', 'GET', '/v1/stock/MUG-DAWN', 200],
    ['gateway', 'inventory-1', 'GET', '/v1/transfers', 200],
    ['gateway', 'inventory-1', 'GET', '/v1/staff/products', 200],
    ['gateway', 'inventory-2', 'PUT', '/v1/staff/products/MUG-DAWN', 400],
    ['orders', 'inventory-1', 'GET', '/v1/staff/products', 403],
    ['orders', 'inventory-1', 'PUT', '/v1/staff/products/MUG-DAWN', 403],
    ['orders', 'inventory-1', 'GET', '/v1/transfers', 403],
    ['orders', 'inventory-1', 'POST', '/v1/transfers', 403],
    ['gateway', 'inventory-1', 'POST', '/v1/reservations', 403],
    ['gateway', 'inventory-2', 'POST', `/v1/reservations/${nobody}/confirm`, 403],
    ['gateway', 'payments-1', 'POST', '/v1/tokens', 403],
    ['gateway', 'payments-1', 'GET', `/v1/payments/${nobody}`, 403],
    ['orders', 'payments-2', 'GET', `/v1/payments/${nobody}`, 404],
    ['payments', 'orders-1', 'GET', '/v1/orders', 403],
    ['inventory', 'orders-2', 'GET', '/v1/orders', 403],
    ['gateway', 'orders-1', 'GET', '/v1/staff/orders', 200],
    ['inventory', 'orders-1', 'GET', '/v1/staff/orders', 403],
    ['my-service', 'orders-2', 'GET', '/v1/staff/figures', 403],
    ['payments', 'orders-1', 'POST', `/v1/staff/orders/${nobody}/cancel`, 403],
    ['gateway', 'orders-2', 'POST', `/v1/staff/orders/${nobody}/retry`, 400],
    ['inventory', 'orders-2', 'POST', `/v1/staff/orders/${nobody}/returns`, 403],
    ['inventory', 'payments-1', 'POST', '/v1/payments', 403],
    ['my-service', 'inventory-1', 'GET', '/v1/products', 403],
    ['my-service', 'orders-1', 'GET', '/v1/orders', 403],
    ['orders', 'gateway-1', 'GET', '/api/v1/products', 403],
    // Not a way around the paths of the policy.
    ['gateway', 'inventory-1', 'GET', '/v1/products/../reservations', 403],
    ['gateway', 'inventory-1', 'POST', '/v1/products', 403],
  ])('%s → %s %s %s: %i', async (caller, callee, method, path, status) => {
    const answer = await call(await tlsPortOf(home, callee), method, path, identities[caller]!)
    expect(answer.status).toBe(status)
    expect(answer.protocol).toBe('TLSv1.3')
    if (status === 403) expect(answer.body).toBe('RBAC: access denied')
  })

  test('and the log says which rule refused', async () => {
    const answer = await call(
      await tlsPortOf(home, 'payments-2'),
      'POST',
      '/v1/tokens',
      identities['my-service']!,
      '{"card":{}}',
    )
    expect(answer.status).toBe(403)
    const refusal = () =>
      meshLogOf(home, 'payments-2')
        .split('\n')
        .findLast((line) => line.includes('"POST /v1/tokens') && line.includes('ns/default/sa/my-service'))
    await expect.poll(refusal, { timeout: 5000 }).toMatch(/403 .*AuthorizationPolicy/)
  })
})

test.each(['orders-1', 'payments-1', 'inventory-1', 'gateway-1'])(
  '%s refuses a forged certificate with the right name',
  async (callee) => {
    const port = await tlsPortOf(home, callee)
    await expect(call(port, 'GET', '/v1/products', forge(home, 'meshmart', 'orders'))).rejects.toThrow(
      /alert|ECONNRESET|socket hang up|certificate/i,
    )
    await expect
      .poll(() => meshLogOf(home, callee), { timeout: 5000 })
      .toMatch(/unable to verify|self-signed|unknown ca|certificate/i)
  },
)
