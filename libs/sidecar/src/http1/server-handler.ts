/** What a server connection and who answers on it say to each other. */
import type { FieldLines } from './fields.ts'
import type { RequestHead } from './heads.ts'
import type { ProtocolError } from './limits.ts'

/** What may follow a response's head. `none`: nothing (answers to HEAD, 204, 304, or Content-Length: 0). `length`: the head names Content-Length. */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'close'

/** Method and target of a request that was refused; '-' where they could not be read. */
export interface RefusedHead {
  readonly method: string
  readonly target: string
}

/** One per connection; requests come one after the other, the next only after the answer to the one before has ended. */
export interface ServerHandler {
  onRequest(head: RequestHead): void
  onData(chunk: Buffer): void
  /** Whether bytes that `onData` was given are still needed now; where they are not, the next ones may take their place in memory. */
  holdsData(): boolean
  /** The request is whole; called for requests without a body, too. Not called once its answer has ended. */
  onEnd(trailers: FieldLines | null): void
  /** The response may go on, after `respond` or `write` answered false. */
  onDrain(): void
  /**
   * Malformed, too large or too slow. Where the answer has not begun, the handler answers by `respond`, and the connection closes after it; where it has,
   * the connection is destroyed after this call.
   * @param head the current request where its body is what is wrong, otherwise what could be read of the request line; null where nothing came
   */
  onRefused(error: ProtocolError, head: RefusedHead | null): void
  /**
   * Called instead of `onRequest` where `head.upgrade` says something. Reading stops. Either `detach()` and use the socket (`rest` is what was read already), or
   * answer by `respond` as any other request; `onEnd` is not called.
   */
  onUpgrade(head: RequestHead, rest: Buffer): void
  /** Once, last: the connection is gone, and whatever was in flight is over. */
  onClosed(reason: string): void
}
