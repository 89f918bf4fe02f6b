/**
 * Drives exchanges through layers: down in order, back in reverse. The common path is one synchronous loop. A layer says GO_ON, WAIT (it will call
 * `exchange.resume()`), or answers itself; on the way back it may say AGAIN, which sends the exchange down once more from the layer beneath it: that is all
 * that a retry needs.
 */
import type { ResponseFlag } from '@meshmart/mesh-policy'
import type { Exchange } from './exchange.ts'
import type { MeshProblemCode } from './problem-catalogue.ts'

export const GO_ON = Symbol('go on')
export const WAIT = Symbol('wait')
export const AGAIN = Symbol('again')

/** A response that the mesh gives itself. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  /** In the catalogue; null where the body is no problem details. */
  readonly code: MeshProblemCode | null
  /** Field names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly flag: ResponseFlag | null
  /** For the log; never the peer's data. */
  readonly reason: string
}
/** The head of a response that a peer gave; its body follows without passing through the layers. */
export interface UpstreamReply {
  readonly kind: 'upstream'
  readonly status: number
}
export type Reply = Answer | UpstreamReply

export type RequestVerdict = typeof GO_ON | typeof WAIT | Answer
export type ResponseVerdict = typeof GO_ON | typeof WAIT | typeof AGAIN

export interface Layer<E> {
  readonly name: string
  request(exchange: E): RequestVerdict
  /** Sees `exchange.reply` on its way back; absent where the layer has nothing to say then. */
  response?(exchange: E): ResponseVerdict
  /** Once, when the exchange is over, however it ended: timers and counters are given back here. */
  finish?(exchange: E): void
}

export interface Driver {
  resume(exchange: Exchange): void
  /** A reply that came by itself, from the peer or from a timer: goes back from the layer at `from` (the last one where it is not given). */
  answer(exchange: Exchange, reply: Reply, from?: number): void
  /** After WAIT on the way back: down once more from the layer beneath the one that waited. */
  again(exchange: Exchange): void
  finish(exchange: Exchange): void
}

export interface Recorder<E> {
  ended(exchange: E): void
}

export class Stack<E extends Exchange> implements Driver {
  readonly layers: readonly Layer<E>[]

  readonly #recorder: Recorder<E> | null

  /** @param recorder told once when an exchange is over: metrics, access log, server span */
  constructor(layers: readonly Layer<E>[], recorder: Recorder<E> | null = null) {
    this.layers = layers
    this.#recorder = recorder
  }

  start(exchange: E): void {
    exchange.driver = this
    exchange.position = 0
    exchange.direction = 'request'
    this.#down(exchange)
  }

  /** Answered before the first layer: what came is not something that a layer could decide about. */
  refuse(exchange: E, answer: Answer): void {
    exchange.driver = this
    this.answer(exchange, answer, -1)
  }

  resume(exchange: E): void {
    if (exchange.ended) return
    if (exchange.direction === 'request') {
      exchange.position++
      this.#down(exchange)
    } else {
      exchange.position--
      this.#back(exchange)
    }
  }

  again(exchange: E): void {
    if (exchange.ended) return
    exchange.direction = 'request'
    exchange.reply = null
    exchange.position++
    this.#down(exchange)
  }

  answer(exchange: E, reply: Reply, from = this.layers.length - 1): void {
    if (exchange.ended) return
    exchange.reply = reply
    exchange.direction = 'response'
    exchange.position = from
    this.#back(exchange)
  }

  finish(exchange: E): void {
    for (let index = this.layers.length - 1; index >= 0; index--) this.layers[index]?.finish?.(exchange)
    this.#recorder?.ended(exchange)
  }

  #down(exchange: E): void {
    for (;;) {
      const layer = this.layers[exchange.position]
      if (layer === undefined) return
      const verdict = layer.request(exchange)
      if (verdict === WAIT) return
      if (verdict !== GO_ON) {
        // The layers above the one that answered see it on its way back; this one knows it already.
        this.answer(exchange, verdict, exchange.position - 1)
        return
      }
      exchange.position++
    }
  }

  #back(exchange: E): void {
    while (exchange.position >= 0) {
      const verdict = this.layers[exchange.position]?.response?.(exchange) ?? GO_ON
      if (verdict === WAIT) return
      if (verdict === AGAIN) {
        this.again(exchange)
        return
      }
      exchange.position--
    }
    const reply = exchange.reply
    if (reply === null || exchange.ended) return
    if (reply.kind === 'answer') {
      exchange.flag = reply.flag
      exchange.reason = reply.reason
    }
    exchange.deliver(reply)
  }
}
