/** Back-pressure from a request body to the connection that it comes on. Who expects 100-continue is told to go on when somebody reads, and not before. */
import type { RequestHead, ServerConnection } from '../http1/index.ts'
import type { BodySource } from '../outbound/request-body.ts'

export class WireBodySource implements BodySource {
  readonly #connection: ServerConnection
  readonly #head: RequestHead
  #expected: boolean

  /** @param head of the request whose body it is */
  constructor(connection: ServerConnection, head: RequestHead) {
    this.#connection = connection
    this.#head = head
    this.#expected = head.expectContinue
  }

  resume(): void {
    if (this.#expected && !this.#connection.responded) this.#connection.inform('HTTP/1.1 100 Continue\r\n')
    this.#expected = false
    this.#connection.resume()
  }

  cancel(): void {
    // What it reads now belongs to another request.
    if (!this.#connection.isReading(this.#head)) return
    // Unread bytes stand between this request and the next one. An answer that has begun has said already whether the connection stays: who was told so may
    // have the next request on its way.
    if (!this.#connection.responded) this.#connection.closeAfterResponse()
    this.#connection.resume()
  }
}
