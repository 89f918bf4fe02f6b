/**
 * Streams of stock that are open at this replica. They never end by themselves, so their number is bounded: for all, and for one address, behind which a whole office
 * may sit. A reader that does not read is let go; it comes back by itself (EventSource) and then hears what is true.
 */
import { PassThrough } from 'node:stream'
import type { StockNow } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { LiveStock } from './live-stock.ts'

const MOST = 2_000
const MOST_OF_ONE_ADDRESS = 100
const RETRY_AFTER_MS = 30_000
const KEEP_ALIVE_MS = 15_000
/** What may lie here unread. */
const UNREAD_BYTES = 16 * 1024
/** When a reader comes back after its stream has ended, said as the standard wants it. */
const HELLO = 'retry: 1000\n\n'

@Injectable()
export class StockStreams {
  readonly #open = new Map<string, number>()
  #all = 0

  constructor(private readonly live: LiveStock) {}

  /** How many are open. */
  get size(): number {
    return this.#all
  }

  /**
   * What is left of these products now, and each time that it changes, as Server-Sent Events; until `signal` aborts.
   * @throws ProblemException `too-many-requests`, or why inventory cannot be asked
   */
  async open(skus: readonly string[], address: string, signal: AbortSignal): Promise<PassThrough> {
    const ofThis = this.#open.get(address) ?? 0
    if (this.#all >= MOST || ofThis >= MOST_OF_ONE_ADDRESS)
      throw new ProblemException('too-many-requests', { retryAfterMs: RETRY_AFTER_MS })
    this.#open.set(address, ofThis + 1)
    this.#all++
    const stream = new PassThrough()
    let unwatch = (): void => undefined
    const end = (): void => {
      unwatch()
      clearInterval(keepAlive)
      this.#closed(address)
      stream.end()
    }
    const keepAlive = setInterval(() => write(stream, ':\n\n'), KEEP_ALIVE_MS).unref()
    try {
      write(stream, HELLO)
      unwatch = await this.live.watch(skus, (stock) => write(stream, frameOf(stock)))
    } catch (error) {
      end()
      throw error
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    return stream
  }

  #closed(address: string): void {
    this.#all--
    const left = this.#open.get(address)! - 1
    if (left === 0) this.#open.delete(address)
    else this.#open.set(address, left)
  }
}

const frameOf = (stock: StockNow): string => `event: stock\ndata: ${JSON.stringify(stock)}\n\n`

function write(stream: PassThrough, text: string): void {
  if (!stream.writable) return
  if (stream.writableLength + stream.readableLength > UNREAD_BYTES) stream.destroy()
  else stream.write(text)
}
