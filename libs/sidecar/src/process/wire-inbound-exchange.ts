/** An inbound request of the process placement: one end is the connection that it came on, the other the application's socket (app-delivery.ts). */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import type { FieldLines, RequestHead, ResponseHead, ServerConnection } from '../http1/index.ts'
import type { InboundConnection } from '../inbound/inbound-connection.ts'
import { InboundExchange } from '../inbound/inbound-exchange.ts'
import type { ReplayableBody } from '../outbound/request-body.ts'
import { PROXY_STATUS, PROXY_STATUS_CODE } from '../proxy-status.ts'
import type { Answer, Reply } from '../stack.ts'
import type { AppCall } from './app-call.ts'
import type { HttpDoor } from './http-door.ts'
import type { Tunnel } from './tunnel.ts'
import type { WireSink } from './wire-sink.ts'

export class WireInboundExchange extends InboundExchange {
  readonly fields: FieldLines
  readonly body: ReplayableBody | null
  readonly sink: WireSink
  /** Of a request that leaves HTTP; null for all others. */
  tunnel: Tunnel | null
  call: AppCall | null
  status: number
  complete: boolean
  response: ResponseHead | null
  responseStarted: boolean
  readonly #wire: ServerConnection
  readonly #door: HttpDoor
  /** What layers put on the answer before there is one: name, value, name, value. */
  #responseLines: string[] | null

  constructor(
    head: RequestHead,
    body: ReplayableBody | null,
    sink: WireSink,
    connection: InboundConnection,
    wire: ServerConnection,
    door: HttpDoor,
  ) {
    super(head.method, head.target, head.host, connection)
    this.fields = head.fields
    this.body = body
    this.sink = sink
    this.tunnel = null
    this.call = null
    this.status = 0
    this.complete = false
    this.response = null
    this.responseStarted = false
    this.#wire = wire
    this.#door = door
    this.#responseLines = null
  }

  header(name: string): string | undefined {
    return name === 'host' ? this.authority : this.fields.get(name)
  }
  setHeader(name: string, value: string): void {
    this.fields.set(name, value)
  }
  addHeader(name: string, value: string): void {
    this.fields.add(name, value)
  }
  removeHeader(name: string): void {
    this.fields.remove(name)
  }
  eachHeader(visit: (name: string, value: string) => void): void {
    this.fields.forEach(visit)
  }
  addResponseHeader(name: string, value: string): void {
    this.#responseLines ??= []
    this.#responseLines.push(name, value)
  }
  closeAfterResponse(): void {
    this.#wire.closeAfterResponse()
  }

  deliver(reply: Reply): void {
    this.status = reply.status
    if (reply.kind === 'answer') {
      this.call?.abandon(reply.reason)
      if (this.responseStarted) this.sink.fail()
      else this.sink.answer(this.#withLines(reply))
      this.complete = !this.responseStarted
      this.end()
      return
    }
    const { response } = this
    if (response === null) return
    this.responseStarted = true
    // That word is ours: an application's own, or one that it passes on, would be believed.
    if (reply.status === PROXY_STATUS_CODE) response.fields.remove(PROXY_STATUS)
    const lines = this.#responseLines
    if (lines !== null)
      for (let index = 0; index + 1 < lines.length; index += 2)
        response.fields.add(lines[index] ?? '', lines[index + 1] ?? '')
    this.sink.start(response)
  }

  override breakOff(answer: Answer): void {
    if (this.ended) return
    this.status = answer.status
    this.call?.abandon(answer.reason)
    super.breakOff(answer)
  }

  /** The caller has gone. */
  cancel(reason: string): void {
    if (this.ended) return
    this.flag = RESPONSE_FLAGS.DC
    this.reason = reason
    this.call?.abandon(reason)
    this.end()
  }

  resumeAnswer(): void {
    this.call?.resume()
  }

  override end(): void {
    if (this.ended) return
    if (this.body !== null) {
      this.bytesReceived = this.body.bytes
      this.body.cancel()
    }
    super.end()
    if (this.tunnel === null) this.#door.over()
  }

  #withLines(answer: Answer): Answer {
    const lines = this.#responseLines
    if (lines === null) return answer
    const headers: Record<string, string> = { ...answer.headers }
    for (let index = 0; index + 1 < lines.length; index += 2) headers[lines[index] ?? ''] = lines[index + 1] ?? ''
    return { ...answer, headers }
  }
}
