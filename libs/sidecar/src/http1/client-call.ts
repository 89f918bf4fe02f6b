/** What a pool and who asks it say to each other. One object per try serves as all of its callbacks: no promise and no closure is made for a request. */
import type net from 'node:net'
import type { FieldLines } from './fields.ts'
import type { ResponseHead } from './heads.ts'

/** What may follow the head. `length`: the head that is passed names Content-Length, and whoever passes it keeps to it. */
export type RequestFraming = 'none' | 'length' | 'chunked'

export interface ClientFailure {
  /** connect: no connection came about. reset: it broke, or ended before the answer was whole. protocol: the answer is no HTTP. overflow: too many wait. aborted: who asked took it back, or the pool was destroyed. */
  readonly kind: 'connect' | 'reset' | 'protocol' | 'overflow' | 'aborted'
  /** In words, for the access log. */
  readonly reason: string
  /** A byte of the request may have left. */
  readonly sent: boolean
  /** The connection had served a request before: with `!headReceived` this is the keep-alive race. */
  readonly reused: boolean
  /** A whole final response head was handed on before. */
  readonly headReceived: boolean
  /** The first error from below, where there was one. */
  readonly cause: Error | null
}

/** One try. After `onEnd` or `onFailure` nothing more is called, and the connection is no longer this call's. */
export interface ClientCall {
  readonly method: string
  /** Must call `connection.start` at once, synchronously. */
  onConnection(connection: ClientConnection, reused: boolean): void
  /** 100, 103, … but never 101. */
  onInformational(head: ResponseHead): void
  onHead(head: ResponseHead): void
  /** Payload, already unchunked. Back-pressure: `connection.pause()` and `resume()`. */
  onData(chunk: Buffer): void
  /** Whether bytes that `onData` was given are still needed now; where they are not, the next ones may take their place in memory. */
  holdsData(): boolean
  /** The answer is whole; called for answers without a body, too. */
  onEnd(trailers: FieldLines | null): void
  /** The request body may go on, after `write` or `start` answered false. */
  onDrain(): void
  /** Once. */
  onFailure(failure: ClientFailure): void
}

export interface ClientConnection {
  /**
   * Sends the head; it leaves in one write with the body that is passed, or with what is written in the same turn.
   * @param head latin1: request line and end-to-end field lines, ending behind the last line's CRLF, without the empty line; Transfer-Encoding is added here
   * @param ended the body that is passed (or none) is the whole body
   * @param codings of the body before chunked, as they are written: such as `gzip, `
   * @returns false: wait for `onDrain`
   */
  start(head: string, body: Buffer | null, framing: RequestFraming, ended: boolean, codings?: string): boolean
  /** @returns false: wait for `onDrain` */
  write(chunk: Buffer): boolean
  /** @param trailers lines, each ending in CRLF; only with chunked framing */
  end(trailers: string | null): void
  pause(): void
  resume(): void
  /** Takes the call back: the connection is destroyed, nothing more is called. Without effect once the call is over. */
  abort(): void
  /** Whether a chunk of the request's body is still needed in its place. */
  readonly holdsData: boolean
  readonly remoteAddress: string
  readonly socket: net.Socket
}
