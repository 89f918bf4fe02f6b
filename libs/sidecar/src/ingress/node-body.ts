/** The body of node's request, pushed on. Nothing is read before somebody asks: where the request is delivered in this process the application reads it itself. */
import type { IncomingMessage } from 'node:http'
import { codingsBeforeChunked } from '../http1/transfer-coding.ts'
import { ReplayableBody, type BodySource } from '../outbound/request-body.ts'

export class NodeBody implements BodySource {
  readonly body: ReplayableBody
  readonly #request: IncomingMessage
  #reading = false

  /** @param length in bytes as the head says, -1 where it comes in chunks */
  constructor(request: IncomingMessage, length: number, codings: string) {
    this.#request = request
    this.body = new ReplayableBody(length, this, codings)
  }

  resume(): void {
    const request = this.#request
    if (this.#reading) {
      request.resume()
      return
    }
    this.#reading = true
    request.on('data', (chunk: Buffer) => {
      if (!this.body.push(chunk)) request.pause()
    })
    request.once('end', () => this.body.finish(null))
    request.once('error', (error) => this.body.fail(error))
  }

  /** What still comes is read and thrown away, or the next request on this connection would never be seen. */
  cancel(): void {
    if (this.#reading) this.#request.resume()
  }
}

/** Null where the request has none. */
export function bodyOfNode(request: IncomingMessage): ReplayableBody | null {
  const length = request.headers['content-length']
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined) {
    const before = codingsBeforeChunked(coding)
    // One that is not known is refused by `headError`; nothing of it is sent.
    return new NodeBody(request, -1, typeof before === 'string' ? before : '').body
  }
  return length === undefined || length === '0' ? null : new NodeBody(request, Number(length), '').body
}
