/** What the merchant may ask: one function a route. */
import type http from 'node:http'
import { ChargeOperationRequest, ChargeRequest, TokenRequest } from '@meshmart/contracts'
import { z } from 'zod'
import type { Cards } from '../book/cards.ts'
import type { Charges } from '../book/charges.ts'
import type { Operations } from '../book/operations.ts'
import type { Levers } from '../levers.ts'
import { type Answer, Refusal } from './answer.ts'
import { bodyOf } from './body.ts'

/** An answer that never comes although everything is booked: what a caller sees of a line that breaks at the wrong moment. */
export const LOST = Symbol('lost')
export type Reply = Answer | typeof LOST

export interface Books {
  readonly cards: Cards
  readonly charges: Charges
  readonly operations: Operations
}

export class MerchantApi {
  readonly #books: Books
  readonly #levers: () => Levers
  readonly #random: () => number
  /** @param random in [0, 1) */
  constructor(books: Books, levers: () => Levers, random: () => number) {
    this.#books = books
    this.#levers = levers
    this.#random = random
  }

  /** @throws Refusal */
  async answer(request: http.IncomingMessage): Promise<Reply> {
    const [, version, kind, id, sub] = (request.url ?? '/').split('?')[0]!.split('/')
    if (version !== 'v1') throw new Refusal('not-found')
    const route = `${request.method} ${kind}${id === undefined ? '' : '/:id'}${sub === undefined ? '' : `/${sub}`}`
    switch (route) {
      case 'POST tokens':
        return { status: 201, body: await this.#books.cards.tokenise((await bodyOf(request, TokenRequest)).card) }
      case 'GET tokens/:id':
        return found((await this.#books.cards.find(id!)) === null ? null : { token: id })
      case 'POST charges':
        return this.#charge(await bodyOf(request, ChargeRequest))
      case 'GET charges/:id':
        return found(await this.#books.charges.find(reference(id)))
      case 'POST charges/:id/operations':
        return this.#operate(reference(id), await bodyOf(request, ChargeOperationRequest))
      case 'GET operations/:id':
        return found(await this.#books.operations.find(reference(id)))
      default:
        throw new Refusal('not-found')
    }
  }

  async #charge(request: ChargeRequest): Promise<Reply> {
    const { cards, charges } = this.#books
    const card = await cards.find(request.token)
    if (!card) throw new Refusal('invalid-request', undefined, [{ field: 'token', code: 'invalid' }])
    if (card.behaviour === 'fail-once' && (await charges.failsOnce(request.reference)))
      throw new Refusal('upstream-unavailable', 'out of order; nothing was charged')
    const booked = await charges.book(request, card, this.#levers().declineAbove)
    if (booked === 'other') throw new Refusal('idempotency-key-reused')
    if (card.behaviour === 'timeout-after-charge' && booked.written) return LOST
    return this.#unlessLost({ status: 200, body: booked.charge })
  }

  async #operate(charge: string, request: ChargeOperationRequest): Promise<Reply> {
    const operation = await this.#books.operations.operate(charge, request)
    if (operation === 'other') throw new Refusal('idempotency-key-reused')
    return this.#unlessLost(found(operation))
  }

  #unlessLost(answer: Answer): Reply {
    return this.#random() < this.#levers().lostAnswers ? LOST : answer
  }
}

function found(body: unknown): Answer {
  if (body === null) throw new Refusal('not-found')
  return { status: 200, body }
}

function reference(text: string | undefined): string {
  const parsed = z.uuid().safeParse(text)
  if (!parsed.success) throw new Refusal('not-found')
  return parsed.data
}
