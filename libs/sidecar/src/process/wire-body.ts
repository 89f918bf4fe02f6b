/** Back-pressure from a request body to the connection that it comes on. Who expects 100-continue is told to go on when somebody reads, and not before. */
import type { ServerConnection } from '../http1/index.ts'
import type { BodySource } from '../outbound/request-body.ts'

export class WireBodySource implements BodySource {
  readonly #connection: ServerConnection
  #expected: boolean

  constructor(connection: ServerConnection, expectContinue: boolean) {
    this.#connection = connection
    this.#expected = expectContinue
  }

  resume(): void {
    if (this.#expected && !this.#connection.responded) this.#connection.inform('HTTP/1.1 100 Continue\r\n')
    this.#expected = false
    this.#connection.resume()
  }

  cancel(): void {
    // Unread bytes stand between this request and the next one.
    this.#connection.closeAfterResponse()
    this.#connection.resume()
  }
}
