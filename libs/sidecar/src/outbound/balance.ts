/** Which endpoint: the cluster's picker says, and never one that just failed while there is another. Requests with the same key meet the same endpoint. */
import {
  hashKeyOf,
  hashOf,
  newHashCookie,
  portOfAuthority,
  RESPONSE_FLAGS,
  type ConsistentHash,
} from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict, type ResponseVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export class BalanceLayer implements Layer<OutboundExchange> {
  readonly name = 'balance'
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  request(exchange: OutboundExchange): RequestVerdict {
    const { cluster } = exchange
    if (cluster !== null) {
      const policy = cluster.cluster.consistentHash
      if (policy !== undefined && exchange.hash === null) exchange.hash = this.#hash(exchange, policy)
      const candidate = cluster.picker.pick(exchange.avoid, exchange.hash)
      exchange.candidate = candidate
      if (candidate !== null && cluster.cluster.portOfRequest === true)
        exchange.candidate = cluster.atPort(candidate, portOfAuthority(exchange.authority))
      if (candidate !== null) return GO_ON
    }
    return problem(RESPONSE_FLAGS.UH, `${cluster?.cluster.name ?? exchange.authority}: no healthy endpoint`)
  }

  response(exchange: OutboundExchange): ResponseVerdict {
    if (exchange.hashCookie !== null && exchange.reply?.kind === 'upstream')
      exchange.upstreamResponse?.fields.add('set-cookie', exchange.hashCookie)
    return GO_ON
  }

  #hash(exchange: OutboundExchange, policy: ConsistentHash): number | null {
    const key = hashKeyOf(policy, exchange)
    if (key !== null) return hashOf(key)
    const cookie = newHashCookie(policy, this.#random)
    if (cookie === null) return null
    exchange.hashCookie = cookie.setCookie
    return hashOf(cookie.value)
  }
}
