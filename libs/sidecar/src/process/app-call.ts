/**
 * One request to the application, in plain HTTP on loopback. A connection that the application closed while it was idle is replaced by a fresh one where
 * repeating is safe; everything else that goes wrong there is told as Envoy tells it of its inbound cluster, and where that is the application's absence the
 * caller's sidecar learns how much of the request it may have seen (proxy-status.ts).
 */
import { RESPONSE_FLAGS, type ResponseFlag } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import type {
  ClientCall,
  ClientConnection,
  ClientFailure,
  ClientPool,
  FieldLines,
  ResponseHead,
} from '../http1/index.ts'
import type { BodyConsumer } from '../outbound/request-body.ts'
import { isKeepAliveRace, sendRequest } from '../outbound/send-request.ts'
import type { UpstreamReply } from '../stack.ts'
import { PROXY_STATUS, proxyStatus, type AppError } from '../proxy-status.ts'
import { appRequestHead } from './app-request-head.ts'
import type { WireInboundExchange } from './wire-inbound-exchange.ts'

/** Who makes the calls. */
export interface AppEnd {
  /** Of this replica. */
  readonly instance: string
  readonly pool: ClientPool
  /** No connection came about. */
  readonly unreached: () => void
}

export class AppCall implements ClientCall, BodyConsumer, UpstreamReply {
  readonly kind = 'upstream'
  readonly method: string
  readonly #exchange: WireInboundExchange
  readonly #end: AppEnd
  #connection: ClientConnection | null
  #status: number
  #raced: boolean
  #over: boolean

  constructor(exchange: WireInboundExchange, end: AppEnd) {
    this.method = exchange.method
    this.#exchange = exchange
    this.#end = end
    this.#connection = null
    this.#status = 0
    this.#raced = false
    this.#over = false
  }

  get status(): number {
    return this.#status
  }

  send(): void {
    this.#end.pool.request(this)
  }

  /** Nobody waits for it any more. */
  abandon(_reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#exchange.body?.release(this)
    this.#end.pool.cancel(this)
  }

  resume(): void {
    this.#connection?.resume()
  }

  onConnection(connection: ClientConnection): void {
    this.#connection = connection
    sendRequest(connection, appRequestHead(this.#exchange), this.#exchange.body, this)
  }

  onBody(chunk: Buffer): boolean {
    return this.#connection?.write(chunk) ?? false
  }
  holdsBody(): boolean {
    return this.#connection === null || this.#connection.holdsData
  }
  onBodyEnd(trailers: FieldLines | null): void {
    this.#connection?.end(trailers === null ? null : trailers.write())
  }
  onBodyFailure(error: Error): void {
    this.#exchange.cancel(error.message)
  }
  onDrain(): void {
    if (!this.#over) this.#exchange.body?.resume()
  }

  onInformational(head: ResponseHead): void {
    if (!this.#over && head.status !== 100) this.#exchange.sink.informational(head)
  }

  onHead(head: ResponseHead): void {
    this.#status = head.status
    const exchange = this.#exchange
    exchange.response = head
    exchange.driver?.answer(exchange, this)
  }

  onData(chunk: Buffer): void {
    if (this.#over) return
    this.#exchange.bytesSent += chunk.length
    if (!this.#exchange.sink.data(chunk)) this.#connection?.pause()
  }

  holdsData(): boolean {
    return this.#exchange.sink.holdsData()
  }

  onEnd(trailers: FieldLines | null): void {
    this.#connection = null
    if (this.#over) return
    this.#over = true
    const exchange = this.#exchange
    exchange.sink.end(trailers)
    exchange.complete = true
    exchange.end()
  }

  onFailure(failure: ClientFailure): void {
    this.#connection = null
    if (this.#over) return
    const exchange = this.#exchange
    if (this.#status !== 0) {
      this.#over = true
      exchange.flag = failure.kind === 'protocol' ? RESPONSE_FLAGS.UPE : RESPONSE_FLAGS.UC
      exchange.reason = `the application's answer broke off: ${failure.reason}`
      exchange.sink.fail()
      exchange.end()
    } else if (!this.#raced && isKeepAliveRace(failure, exchange)) {
      this.#raced = true
      // What comes of the body until there is a connection again is kept, and not given to nobody.
      exchange.body?.release(this)
      this.#end.pool.request(this, true)
    } else {
      this.#over = true
      if (failure.kind === 'connect') this.#end.unreached()
      const reason = `the application: ${failure.reason}`
      exchange.driver?.answer(exchange, problem(flagOf(failure), reason, undefined, this.#fieldsOf(failure)))
    }
  }

  /** For a peer that has proven who it is; nobody else is told what stands behind us. */
  #fieldsOf({ kind }: ClientFailure): Readonly<Record<string, string>> {
    if (this.#exchange.peer === null || (kind !== 'connect' && kind !== 'reset')) return {}
    // After the keep-alive race the first go may have left, although the second found nobody.
    const error: AppError = kind === 'connect' && !this.#raced ? 'connection_refused' : 'connection_terminated'
    return { [PROXY_STATUS]: proxyStatus(this.#end.instance, error) }
  }
}

function flagOf({ kind }: ClientFailure): ResponseFlag {
  if (kind === 'connect') return RESPONSE_FLAGS.UF
  if (kind === 'protocol') return RESPONSE_FLAGS.UPE
  return kind === 'overflow' ? RESPONSE_FLAGS.UO : RESPONSE_FLAGS.UC
}
