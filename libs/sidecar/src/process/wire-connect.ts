/** The end of a CONNECT request of the application: its answer, and the connection that leaves HTTP behind. */
import type { ResponseFlag } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import type { ServerConnection } from '../http1/index.ts'
import type { ConnectAnswers } from '../tcp/connect-target.ts'
import type { HttpDoor } from './http-door.ts'
import { WireSink } from './wire-sink.ts'

export class WireConnect implements ConnectAnswers {
  readonly #connection: ServerConnection
  readonly #door: HttpDoor

  constructor(connection: ServerConnection, door: HttpDoor) {
    this.#connection = connection
    this.#door = door
  }

  established(): void {
    this.#connection.detach()
    this.#door.closed(this.#connection)
    this.#connection.socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
  }

  refuse(flag: ResponseFlag, reason: string, status: number): void {
    new WireSink(this.#connection, 'CONNECT', '').answer(problem(flag, reason, status))
  }
}
