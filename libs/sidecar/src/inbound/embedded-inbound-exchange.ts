/** An inbound request of the embedded placement: its ends are node's request and response. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reply } from '../stack.ts'
import { connectionOf } from './inbound-connection.ts'
import { InboundExchange } from './inbound-exchange.ts'
import { addField, removeField, setField } from './request-fields.ts'
import { writeAnswer } from './write-answer.ts'

export class EmbeddedInboundExchange extends InboundExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request.method ?? 'GET', request.url ?? '/', request.headers.host ?? '', connectionOf(request.socket))
    this.request = request
    this.response = response
  }

  get status(): number {
    return this.response.headersSent ? this.response.statusCode : (this.reply?.status ?? 0)
  }
  get complete(): boolean {
    return this.response.writableFinished
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }
  setHeader(name: string, value: string): void {
    setField(this.request, name, value)
  }
  addHeader(name: string, value: string): void {
    addField(this.request, name, value)
  }
  removeHeader(name: string): void {
    removeField(this.request, name)
  }
  eachHeader(visit: (name: string, value: string) => void): void {
    const { rawHeaders } = this.request
    for (let index = 0; index + 1 < rawHeaders.length; index += 2)
      visit((rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '')
  }
  addResponseHeader(name: string, value: string): void {
    this.response.appendHeader(name, value)
  }
  closeAfterResponse(): void {
    this.response.shouldKeepAlive = false
  }

  override end(): void {
    this.bytesReceived = Number(this.header('content-length') ?? 0)
    this.bytesSent = Number(this.response.getHeader('content-length') ?? 0)
    super.end()
  }

  deliver(reply: Reply): void {
    if (reply.kind === 'answer') writeAnswer(this.request, this.response, reply)
  }
}
