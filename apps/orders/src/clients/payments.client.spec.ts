import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { ServiceClient } from '@meshmart/service-kit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PaymentsClient } from './payments.client.ts'

const keys: (string | string[] | undefined)[] = []
const server = http.createServer((request, response) => {
  keys.push(request.headers['idempotency-key'])
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ token: `tok_${'0'.repeat(32)}`, brand: 'visa', last4: '4242', expiry: '12/30' }))
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => server.close(resolve)))

it('lets the mesh repeat the trade of a card for a token: each call has a key of its own', async () => {
  const payments = new PaymentsClient(new ServiceClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const card = { number: '4242424242424242', expiry: '12/30', cvc: '123' }
  await payments.tokenise(card, 1_000)
  await payments.tokenise(card, 1_000)
  expect(new Set(keys.filter((key) => typeof key === 'string')).size).toBe(2)
})
