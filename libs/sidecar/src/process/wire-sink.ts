/** Where a response is written in the process placement: the connection that the request came on. */
import { STATUS_CODES } from 'node:http'
import type { FieldLines, ResponseFraming, ResponseHead, ServerConnection } from '../http1/index.ts'
import type { ResponseSink } from '../outbound/outbound-exchange.ts'
import type { Answer } from '../stack.ts'
import { httpDate } from './http-date.ts'

export class WireSink implements ResponseSink {
  readonly #connection: ServerConnection
  readonly #method: string
  /** Field lines that every response of this listener carries, each ending in CRLF. */
  readonly #ownLines: string

  constructor(connection: ServerConnection, method: string, ownLines: string) {
    this.#connection = connection
    this.#method = method
    this.#ownLines = ownLines
  }

  informational(head: ResponseHead): void {
    this.#connection.inform(`HTTP/1.1 ${head.status} ${head.reason}\r\n${head.fields.write()}`)
  }

  start(response: ResponseHead): void {
    const head =
      'HTTP/1.1 ' + response.status + ' ' + response.reason + '\r\n' + response.fields.write() + this.#ownLines
    const framing = framingOf(response, this.#method)
    this.#connection.respond(head, null, framing, framing === 'none')
  }

  data(chunk: Buffer): boolean {
    return this.#connection.write(chunk)
  }

  holdsData(): boolean {
    return this.#connection.holdsData
  }

  end(trailers: FieldLines | null): void {
    this.#connection.end(trailers === null ? null : trailers.write())
  }

  answer(answer: Answer): void {
    const connection = this.#connection
    let head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\ndate: ${httpDate(Date.now())}\r\n`
    for (const [name, value] of Object.entries(answer.headers)) {
      if (name !== 'connection') head += `${name}: ${value}\r\n`
      else if (value === 'close') connection.closeAfterResponse()
    }
    head += this.#ownLines
    const body = this.#method === 'HEAD' || answer.body === '' ? null : Buffer.from(answer.body)
    connection.respond(head, body, body === null ? 'none' : 'length', true)
  }

  fail(): void {
    // The rest will not come: cutting it is the only way left to say so.
    this.#connection.destroy()
  }
}

/** RFC 9112, 6.3: what an answer's length is said by. */
function framingOf(response: ResponseHead, method: string): ResponseFraming {
  const { status, length } = response
  if (length === 0 || method === 'HEAD' || status === 204 || status === 304) return 'none'
  return length > 0 ? 'length' : 'chunked'
}
