/** Delivery in the process placement: the application listens on loopback, and what has been let in is passed on to it. */
import { ClientPool, type Connector } from '../http1/index.ts'
import type { Deliver } from '../inbound/deliver.ts'
import { plainConnectorTo } from '../identity/tls-connector.ts'
import { AppCall, type AppEnd } from './app-call.ts'
import type { WireInboundExchange } from './wire-inbound-exchange.ts'

/** It is on this machine: either it listens, or it does not. */
const CONNECT_MS = 2000
/** Below node's own 5 s, after which the commonest kind of application closes idle connections. */
const IDLE_MS = 4000

export class AppDelivery implements Deliver<WireInboundExchange> {
  readonly #end: AppEnd
  /** For what leaves HTTP. */
  readonly #connect: Connector

  /** @param instance of this replica @param unreached told where a connection did not come about */
  constructor(address: string, port: number, instance: string, unreached: () => void) {
    const place = { host: address, port }
    const limits = { timeoutMs: CONNECT_MS, tcpKeepaliveMs: null }
    this.#connect = plainConnectorTo(place, limits)
    const pool = new ClientPool({
      connect: plainConnectorTo(place, { ...limits, reading: 'direct' }),
      idleTimeoutMs: IDLE_MS,
    })
    this.#end = { instance, pool, unreached }
  }

  deliver(exchange: WireInboundExchange): void {
    const { tunnel } = exchange
    if (tunnel === null) {
      exchange.call = new AppCall(exchange, this.#end)
      exchange.call.send()
      return
    }
    exchange.fields.set('host', exchange.authority)
    tunnel.open(exchange.target, exchange.fields, this.#connect, (outcome) => {
      exchange.status = outcome.status
      exchange.reason = outcome.failure
      exchange.complete = outcome.failure === null
      exchange.bytesReceived = outcome.bytesReceived
      exchange.bytesSent = outcome.bytesSent
      exchange.end()
    })
  }

  destroy(): void {
    this.#end.pool.destroy()
  }
}
