/** An outbound request of the process placement: it tells its door when it is over, so that a drain knows what is still in flight. */
import type { RequestHead, ServerConnection } from '../http1/index.ts'
import { OutboundExchange } from '../outbound/outbound-exchange.ts'
import type { ReplayableBody } from '../outbound/request-body.ts'
import type { HttpDoor } from './http-door.ts'
import { WireSink } from './wire-sink.ts'

export class WireOutboundExchange extends OutboundExchange {
  readonly #door: HttpDoor

  constructor(head: RequestHead, body: ReplayableBody | null, wire: ServerConnection, door: HttpDoor) {
    const sink = new WireSink(wire, head.method, '')
    super(head.method, head.target, head.host, head.fields, body, sink, wire.remoteAddress)
    this.#door = door
  }

  resumeAnswer(): void {
    this.attempt?.resume()
  }

  override end(): void {
    if (this.ended) return
    super.end()
    if (this.tunnel === null) this.#door.over()
  }
}
