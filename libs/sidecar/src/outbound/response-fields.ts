/** The fields of whatever is on its way back, as a target of header operations: the peer's answer, or one of the mesh itself. */
import type { FieldTarget } from '@meshmart/mesh-policy'
import type { OutboundExchange } from './outbound-exchange.ts'

export class ResponseFields implements FieldTarget {
  readonly #exchange: OutboundExchange

  constructor(exchange: OutboundExchange) {
    this.#exchange = exchange
  }

  setHeader(name: string, value: string): void {
    this.#exchange.setResponseField(name, value)
  }
  addHeader(name: string, value: string): void {
    this.#exchange.addResponseField(name, value)
  }
  removeHeader(name: string): void {
    this.#exchange.removeResponseField(name)
  }
}

/** Fields of an answer that is being made. */
export class AnswerFields implements FieldTarget {
  readonly headers: Record<string, string> = {}

  setHeader(name: string, value: string): void {
    this.headers[name] = value
  }
  addHeader(name: string, value: string): void {
    const before = this.headers[name]
    this.headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  removeHeader(name: string): void {
    Reflect.deleteProperty(this.headers, name)
  }
}
