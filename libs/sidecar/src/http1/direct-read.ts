/**
 * Connections of ours read into a buffer that is used again. Node makes a new one of 64 KiB for every read, and what is only passed on is garbage a
 * moment later: at 1 MiB for each answer that was a third of the CPU time and most of the memory. Where somebody still needs the bytes after they were
 * handed on (a reader that is behind), the buffer is left to it, and another one is taken.
 */
import type net from 'node:net'

const SMALL = 16 * 1024
/** What the kernel hands over at most at once. */
const LARGE = 64 * 1024

/** @returns whether the bytes are still needed after it has returned */
export type DirectConsumer = (data: Buffer) => boolean

/** Made before its socket, because node takes what it reads into as an option of the connection. */
export class DirectReader {
  /** For `net.connect` and `tls.connect`. */
  readonly onread: net.OnReadOpts
  #consumer: DirectConsumer | null = null
  #buffer = Buffer.allocUnsafeSlow(SMALL)

  constructor() {
    this.onread = { buffer: () => this.#buffer, callback: (bytes, buffer) => this.#read(bytes, buffer) }
  }

  /** The socket has no `data` events, and belongs to `consumeDirectly`. */
  attach(socket: net.Socket): void {
    readers.set(socket, this)
  }

  consume(consumer: DirectConsumer): void {
    this.#consumer = consumer
  }

  #read(bytes: number, buffer: Uint8Array): boolean {
    const data = Buffer.from(buffer.buffer, buffer.byteOffset, bytes)
    const kept = this.#consumer === null || this.#consumer(data)
    // Whoever fills it has more to come.
    if (bytes === buffer.length && bytes < LARGE) this.#buffer = Buffer.allocUnsafeSlow(LARGE)
    else if (kept) this.#buffer = Buffer.allocUnsafeSlow(buffer.length)
    return true
  }
}

const readers = new WeakMap<net.Socket, DirectReader>()

/** @returns false where the socket reads as node's sockets do: listen to `data` */
export function consumeDirectly(socket: net.Socket, consumer: DirectConsumer): boolean {
  const reader = readers.get(socket)
  if (reader === undefined) return false
  reader.consume(consumer)
  return true
}
