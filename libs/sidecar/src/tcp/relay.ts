/** Carries bytes both ways between two connections until both have said what they had to say. Whoever reads slowly slows down whoever writes. */
import type net from 'node:net'

type Side = 'downstream' | 'upstream'
const NAMES: Readonly<Record<Side, string>> = { downstream: 'the caller', upstream: 'the service' }

export interface RelayOutcome {
  /** In words; null where both ends closed in good order. */
  readonly failure: string | null
  /** Whose connection failed; null where this side ended it. */
  readonly side: Side | null
}

export class Relay {
  /** From who connected, so far. */
  bytesReceived: number
  /** Back to it, so far. */
  bytesSent: number
  readonly #downstream: net.Socket
  readonly #upstream: net.Socket
  readonly #done: (outcome: RelayOutcome) => void
  #failure: string | null
  #side: Side | null
  #open: number

  /**
   * @param downstream and @param upstream open, and read by nobody else
   * @param rest bytes of the downstream that were read before
   * @param idleMs without a byte in either direction; 0 is for ever
   * @param done once, when both are closed
   */
  constructor(
    downstream: net.Socket,
    upstream: net.Socket,
    rest: Buffer,
    idleMs: number,
    done: (outcome: RelayOutcome) => void,
  ) {
    this.bytesReceived = rest.length
    this.bytesSent = 0
    this.#downstream = downstream
    this.#upstream = upstream
    this.#done = done
    this.#failure = null
    this.#side = null
    this.#open = 2
    this.#join('downstream', downstream, upstream)
    this.#join('upstream', upstream, downstream)
    // Bytes that go either way move on this one.
    if (idleMs > 0) downstream.setTimeout(idleMs, () => this.breakOff(`nothing moved for ${idleMs} ms`))
    upstream.resume()
    if (rest.length === 0 || upstream.write(rest)) downstream.resume()
  }

  /** Both end now. @param failure in words */
  breakOff(failure: string): void {
    this.#fail(failure, null)
  }

  #fail(failure: string, side: Side | null): void {
    if (this.#failure === null) {
      this.#failure = failure
      this.#side = side
    }
    this.#downstream.destroy()
    this.#upstream.destroy()
  }

  #join(side: Side, from: net.Socket, to: net.Socket): void {
    // Who has said everything may still be told something.
    from.allowHalfOpen = true
    from.on('data', (chunk: Buffer) => {
      if (side === 'downstream') this.bytesReceived += chunk.length
      else this.bytesSent += chunk.length
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => to.end())
    from.on('error', (error) => this.#fail(`${NAMES[side]}: ${error.message}`, side))
    from.once('close', () => {
      // One that is gone can neither say nor hear anything more; what it said before is still written.
      if (!from.readableEnded) to.destroySoon()
      if (--this.#open === 0) this.#done({ failure: this.#failure, side: this.#side })
    })
  }
}
