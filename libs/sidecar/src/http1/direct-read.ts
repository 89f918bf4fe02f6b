/**
 * Connections read into memory that is used again: what is only passed on is garbage a moment later, and at 1 MiB for each answer that was a third of the CPU
 * time. Where somebody still needs the bytes after they were handed on (a reader that is behind, a body that may have to go again), the memory is left to it.
 *
 * TLS comes in records of 16 KiB at most, four to a read of the kernel. Those that follow each other are gathered in one piece of memory and handed on
 * together when the turn is over, so that they leave in one write. A record that is not full is the last of what its sender wrote: nothing waits behind it.
 */
import type net from 'node:net'
import { readInto } from './accepted-read.ts'
import { dropLarge, LARGE_BYTES, mayKeepLarge, RECORD_BYTES, returnLarge, SHARED, takeLarge } from './read-memory.ts'

/** Up to here a copy costs less than memory of its own. */
const COPIED_BYTES = 4096

export interface DirectConsumer {
  /** @returns whether the bytes are still needed in their place after it has returned */
  onBytes(data: Buffer): boolean
  /** Whether more of a body is to come. */
  readonly readsBody: boolean
}

const gathered: DirectReader[] = []

function deliverGathered(): void {
  for (const reader of gathered.splice(0)) reader.deliver()
}

export class DirectReader {
  /** For `net.connect` and `tls.connect`, which want it before there is a socket. */
  readonly onread: { buffer: () => Buffer; callback: (bytes: number) => boolean }
  #consumer: DirectConsumer | null = null
  /** null: what all share. */
  #own: Buffer | null = null
  /** Of `#own`: what has been read and not been handed on. */
  #from = 0
  #to = 0
  /** Whether somebody needs what stands before `#from`. */
  #lent = false
  #gathers = false
  #waits = false
  /** Whom the bytes are pushed to instead, when somebody else has taken the connection over. */
  #stream: net.Socket | null = null
  #full = false

  constructor() {
    this.onread = { buffer: () => this.#room(), callback: (bytes) => this.#read(bytes) }
  }

  /** The socket has no `data` events, and belongs to `consumeDirectly`. */
  attach(socket: net.Socket): void {
    readers.set(socket, this)
    this.#gathers = 'encrypted' in socket
    // What has come is told before its end.
    socket.on('end', () => this.deliver())
    socket.on('close', () => this.#close())
  }

  consume(consumer: DirectConsumer): void {
    this.#consumer = consumer
  }

  pushTo(stream: net.Socket): void {
    this.#stream = stream
    this.#gathers = false
  }

  /** Hands on what was gathered. */
  deliver(): void {
    this.#waits = false
    const own = this.#own
    if (own === null || this.#to === this.#from) return
    const data = own.subarray(this.#from, this.#to)
    // Node has been told already where the next bytes go: behind these.
    this.#from = this.#to
    if (this.#hand(data)) this.#lent = true
  }

  #room(): Buffer {
    return this.#own === null ? SHARED : this.#to === 0 ? this.#own : this.#own.subarray(this.#to)
  }

  #read(bytes: number): boolean {
    this.#take(bytes)
    const full = this.#full
    this.#full = false
    // Node reads on when somebody has read.
    return !full
  }

  #take(bytes: number): void {
    if (this.#own === null) {
      this.#hand(Buffer.from(SHARED.subarray(0, bytes)))
      // Whoever fills it has more to come.
      if (bytes === SHARED.length) this.#own = takeLarge()
      return
    }
    this.#to += bytes
    if (this.#gathers && bytes === RECORD_BYTES && LARGE_BYTES - this.#to >= RECORD_BYTES) this.#wait()
    else this.#handOwn(this.#own)
  }

  #wait(): void {
    if (this.#waits) return
    this.#waits = true
    if (gathered.push(this) === 1) setImmediate(deliverGathered)
  }

  #handOwn(own: Buffer): void {
    const small = this.#to - this.#from <= COPIED_BYTES
    const part = own.subarray(this.#from, this.#to)
    this.#from = this.#to
    if (this.#hand(small ? Buffer.from(part) : part) && !small) this.#lent = true
    const rests = this.#consumer?.readsBody !== true && !mayKeepLarge()
    if (!this.#lent) this.#from = this.#to = 0
    // The rest of what is lent serves as well, as long as it is not too small.
    if (rests || LARGE_BYTES - this.#to < RECORD_BYTES) this.#leaveOwn(own)
    if (this.#own === null && !rests) this.#own = takeLarge()
  }

  #leaveOwn(own: Buffer): void {
    if (this.#lent) dropLarge()
    else returnLarge(own)
    this.#own = null
    this.#from = this.#to = 0
    this.#lent = false
  }

  #hand(data: Buffer): boolean {
    if (this.#stream === null) return this.#consumer?.onBytes(data) === true
    if (!this.#stream.destroyed && !this.#stream.push(data)) this.#full = true
    return true
  }

  #close(): void {
    this.deliver()
    if (this.#own !== null) this.#leaveOwn(this.#own)
  }
}

const readers = new WeakMap<net.Socket, DirectReader>()

/** @returns false where the socket reads as node's sockets do: listen to `data` */
export function consumeDirectly(socket: net.Socket, consumer: DirectConsumer): boolean {
  let reader = readers.get(socket)
  if (reader === undefined) {
    reader = new DirectReader()
    if (!readInto(socket, reader.onread)) return false
    reader.attach(socket)
  }
  reader.consume(consumer)
  return true
}

/** From here on it is a stream again, with `data` events, for whoever takes it over. Without effect where it always was one. */
export function readAsStream(socket: net.Socket): void {
  readers.get(socket)?.pushTo(socket)
}
