import { expect, it } from 'vitest'
import { cancelledWords, confirmedWords, rejectedWords, returnedWords } from './order-words.ts'

const orderId = '0192f3a4-0000-4000-8000-000000000001'
const customerId = 'account:00000000-0000-4000-8000-000000000002'
const email = 'ada@example.org'
const money = { amount: 3_800, currency: 'EUR' }
const lines = [{ sku: 'MUG-DAWN', quantity: 2 }]
const all = [
  confirmedWords({ orderId, customerId, total: money, email, lines }),
  rejectedWords({ orderId, customerId, email, cause: 'declined' }),
  cancelledWords({ orderId, customerId, total: money, email, lines, cause: 'customer' }),
  returnedWords({ orderId, returnId: orderId, customerId, refund: money, email, lines }),
]

it('every e-mail names its order, in both languages, and nobody', () => {
  for (const { subject, body } of all) {
    expect(subject).toMatch(/^[\x20-\x7e]+ · [\p{Script=Han}]+ \(0192f3a4\)$/u)
    expect(body.split(orderId)).toHaveLength(3)
    expect(body).toMatch(/My orders.*我的订单/s)
    expect(body).not.toContain(email)
    expect(body).not.toContain(customerId)
  }
})

it('says what was bought and for how much, what comes back, and why not', () => {
  expect(all[0]!.body).toContain('2 × MUG-DAWN')
  expect(all[0]!.body).toContain('Total: €38.00')
  expect(all[1]!.body).toContain('The payment was declined')
  expect(all[1]!.body).toContain('付款被拒绝')
  expect(all[2]!.body).toContain('at most €38.00')
  expect(all[3]!.body).toContain('€38.00 goes back')
  expect(rejectedWords({ orderId, customerId, email, cause: 'unknown-sku' }).body).toContain('could not be completed')
})
