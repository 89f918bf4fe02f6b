/** Payments as its contract describes it, in memory: one effect for each idempotency key, and an acquirer that may not answer in time. */
import { randomBytes, randomUUID } from 'node:crypto'
import type http from 'node:http'
import { PaymentOperationRequest, PaymentRequest, TokenRequest, type PaymentIntent } from '@meshmart/contracts'
import { problem, StandIn, type Reply } from './stand-in.ts'

const declined: Record<string, PaymentIntent['declineReason']> = {
  '0002': 'card-declined',
  '9995': 'insufficient-funds',
}

export class PaymentsStandIn extends StandIn {
  readonly payments = new Map<string, PaymentIntent>()
  /** Every key that an effect was made under. */
  readonly keys = new Map<string, string>()
  /** The acquirer gives nothing back. */
  refusesRefunds = false
  /** Refunds that were asked for, granted or not. */
  refundsAsked = 0
  /** So often is an authorisation seen as pending before it is known. */
  pendingReads = 0
  readonly #last4 = new Map<string, string>()
  readonly #reads = new Map<string, number>()

  protected nameOf(method: string, path: string): string {
    if (path === '/v1/tokens') return 'tokenise'
    return path.split('/')[4] ?? (method === 'GET' ? 'find' : 'authorise')
  }

  paymentOf(orderId: string): PaymentIntent | undefined {
    return [...this.payments.values()].find((payment) => payment.orderId === orderId)
  }

  protected answer(method: string, path: string, body: unknown, headers: http.IncomingHttpHeaders): Reply {
    if (path === '/v1/tokens') return this.#tokenise(TokenRequest.parse(body))
    const [, , , id, act] = path.split('/')
    const key = String(headers['idempotency-key'])
    if (id === undefined) return this.#authorise(PaymentRequest.parse(body), key)
    const payment = this.payments.get(id)
    if (payment === undefined) return problem('not-found')
    if (method === 'GET') return this.#find(payment)
    if (act === 'capture') return this.#change(payment, 'authorised', 'captured', act, key)
    if (act === 'void') return this.#change(payment, 'authorised', 'voided', act, key)
    this.refundsAsked++
    if (this.refusesRefunds) return problem('wrong-state')
    const { amount } = PaymentOperationRequest.parse(body ?? {})
    if (amount !== undefined) return this.#refundPart(payment, amount.amount, key)
    return this.#change(payment, 'captured', 'refunded', 'refund', key)
  }

  #refundPart(payment: PaymentIntent, amount: number, key: string): Reply {
    if (this.keys.has(key)) return { status: 200, body: payment }
    const refunded = payment.refunded.amount + amount
    if (refunded > payment.captured.amount) return problem('refund-exceeds-captured')
    const after: PaymentIntent = {
      ...payment,
      state: refunded === payment.captured.amount ? 'refunded' : 'captured',
      refunded: { ...payment.refunded, amount: refunded },
    }
    return this.#keep(after, `refund ${amount}`, key)
  }

  #tokenise({ card }: TokenRequest): Reply {
    const [month, year] = card.expiry.split('/')
    if (Number(year) < 26) return problem('card-expired', [{ field: 'card.expiry', code: 'card-expired' }])
    const token = `tok_${randomBytes(16).toString('hex')}`
    const last4 = card.number.slice(-4)
    this.#last4.set(token, last4)
    return { status: 201, body: { token, brand: 'visa', last4, expiry: `${month}/${year}` } }
  }

  #authorise(request: PaymentRequest, key: string): Reply {
    const known = this.keys.get(key)
    if (known !== undefined) return { status: 201, body: this.payments.get(known) }
    const declineReason = declined[this.#last4.get(request.token) ?? ''] ?? null
    const { orderId, amount } = request
    const state = this.pendingReads > 0 ? 'pending' : declineReason === null ? 'authorised' : 'declined'
    const none = { amount: 0, currency: amount.currency }
    const money = { amount, captured: none, refunded: none }
    const payment: PaymentIntent = { id: randomUUID(), orderId, ...money, state, declineReason, expiresAt: null }
    this.keys.set(key, payment.id)
    this.payments.set(payment.id, payment)
    this.effects.push({ act: declineReason === null ? 'authorise' : 'decline', orderId })
    return {
      status: state === 'pending' ? 202 : 201,
      body: { ...payment, declineReason: state === 'pending' ? null : declineReason },
    }
  }

  #find(payment: PaymentIntent): Reply {
    const reads = (this.#reads.get(payment.id) ?? 0) + 1
    this.#reads.set(payment.id, reads)
    if (payment.state !== 'pending' || reads < this.pendingReads) return { status: 200, body: payment }
    const known: PaymentIntent = { ...payment, state: payment.declineReason === null ? 'authorised' : 'declined' }
    this.payments.set(payment.id, known)
    return { status: 200, body: known }
  }

  #change(
    payment: PaymentIntent,
    from: PaymentIntent['state'],
    to: PaymentIntent['state'],
    act: string,
    key: string,
  ): Reply {
    if (payment.state === to) return { status: 200, body: payment }
    if (payment.state !== from) return problem('wrong-state')
    const after: PaymentIntent = {
      ...payment,
      state: to,
      captured: act === 'capture' ? payment.amount : payment.captured,
      refunded: act === 'refund' ? payment.captured : payment.refunded,
    }
    return this.#keep(after, act, key)
  }

  #keep(after: PaymentIntent, act: string, key: string): Reply {
    this.keys.set(key, after.id)
    this.payments.set(after.id, after)
    this.effects.push({ act, orderId: after.orderId })
    return { status: 200, body: after }
  }
}
