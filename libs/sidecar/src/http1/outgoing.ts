/**
 * What leaves a connection. The head waits for the end of the turn, and so does a small chunk: a head, its body and the end of chunked coding that are written
 * in one turn leave in one write, which is one system call and one TLS record. That is most of what a small answer costs. A turn is what one read has brought;
 * outside of any read it ends with node's own tick, which costs a call and an object more.
 */
import type net from 'node:net'

/** Up to here copying is cheaper than a vectored write. */
const JOIN_BYTES = 8192
/** From here on a write to TLS is waited for: what comes meanwhile would need memory of its own, and leave no sooner. */
const WAITED_BYTES = 16 * 1024
const LAST_CHUNK = '0\r\n'
const CRLF = '\r\n'
/** The end of a chunked body without trailers is put behind a held chunk without another copy. */
const SPARE = LAST_CHUNK.length + CRLF.length

/** The first `waiting` of them wait; an array that is cut short and grows again would be made anew each time. */
const unflushed: (Outgoing | null)[] = []
let waiting = 0
let turns = 0

/** What has been read is handed on: `endTurn` comes for certain, and what is written until then leaves there. */
export function beginTurn(): void {
  turns++
}

export function endTurn(): void {
  if (--turns === 0 && waiting > 0) flushAll()
}

function flushAll(): void {
  // Nothing that is flushed makes another one wait.
  for (let index = 0; index < waiting; index++) {
    unflushed[index]?.flush()
    unflushed[index] = null
  }
  waiting = 0
}

export class Outgoing {
  readonly #socket: net.Socket
  readonly #watermark: number
  #chunked = false
  #queued = false
  /** Bytes that leave before the text: a small chunk in its coding. */
  #bytes: Buffer | null = null
  #bytesEnd = 0
  /** latin1 */
  #text = ''
  /** Whether somebody waits for `drain`. */
  #blocked = false
  readonly #encrypted: boolean
  /** Whether somebody else's bytes wait in the socket. */
  #holding = false

  readonly #onDrain: () => void

  /**
   * @param watermark bytes not yet taken by the kernel from which on writers are told to wait
   * @param onDrain asks `drained`; called where the socket says nothing of it, because for node its buffer was not full
   */
  constructor(socket: net.Socket, watermark: number, onDrain: () => void) {
    this.#socket = socket
    this.#watermark = watermark
    this.#encrypted = 'encrypted' in socket
    this.#onDrain = onDrain
  }

  /** Whether a chunk that was written is still needed in its place. What was joined with a head is a copy, and so is what TLS has taken. */
  get holdsData(): boolean {
    if (this.#socket.writableLength === 0) this.#holding = false
    return this.#holding
  }

  /** Nothing that was begun is waiting to be sent. */
  get empty(): boolean {
    return this.#text === '' && this.#bytes === null && this.#socket.writableLength === 0
  }

  /**
   * @param head with the empty line
   * @returns false: wait for drain
   */
  begin(head: string, body: Buffer | null, chunked: boolean, ended: boolean): boolean {
    this.#text += head
    this.#chunked = chunked
    if (body !== null && body.length > 0) this.#put(body)
    if (ended) this.end(null)
    else this.#flushLater()
    return !this.#blocked
  }

  write(chunk: Buffer): boolean {
    // An empty chunk would be the last one.
    if (chunk.length > 0) this.#put(chunk)
    return !this.#blocked
  }

  /** @param trailers lines, each ending in CRLF */
  end(trailers: string | null): void {
    if (!this.#chunked) {
      this.flush()
      return
    }
    this.#chunked = false
    const bytes = this.#bytes
    if (bytes !== null && trailers === null) {
      bytes.write(LAST_CHUNK + CRLF, this.#bytesEnd, 'latin1')
      this.#bytes = null
      this.#send(bytes)
      return
    }
    this.#text += trailers === null ? LAST_CHUNK + CRLF : LAST_CHUNK + trailers + CRLF
    this.flush()
  }

  flush(): void {
    this.#queued = false
    const bytes = this.#bytes
    const text = this.#text
    this.#bytes = null
    this.#text = ''
    if (bytes !== null) this.#send(bytes.subarray(0, this.#bytesEnd))
    this.#sendText(text)
  }

  /** @returns whether somebody was told to wait */
  drained(): boolean {
    const was = this.#blocked
    this.#blocked = false
    return was
  }

  #put(chunk: Buffer): void {
    if (this.#chunked) this.#putChunk(chunk)
    else if (this.#text === '') this.#lend(chunk)
    else {
      const text = this.#text
      this.#text = ''
      this.#sendBoth(text, chunk)
    }
  }

  #putChunk(chunk: Buffer): void {
    if (this.#bytes !== null) this.flush()
    const text = this.#text + chunk.length.toString(16) + CRLF
    if (chunk.length > JOIN_BYTES) {
      this.#text = ''
      this.#lend(chunk, text, CRLF)
    } else {
      this.#text = ''
      this.#bytesEnd = text.length + chunk.length + CRLF.length
      const bytes = Buffer.allocUnsafe(this.#bytesEnd + SPARE)
      bytes.write(text, 0, 'latin1')
      chunk.copy(bytes, text.length)
      bytes.write(CRLF, text.length + chunk.length, 'latin1')
      this.#bytes = bytes
      this.#flushLater()
    }
  }

  #sendBoth(text: string, chunk: Buffer): void {
    if (chunk.length > JOIN_BYTES) {
      this.#lend(chunk, text)
      return
    }
    const bytes = Buffer.allocUnsafe(text.length + chunk.length)
    bytes.write(text, 0, 'latin1')
    chunk.copy(bytes, text.length)
    this.#send(bytes)
  }

  /** Sends a chunk without a copy. */
  #lend(chunk: Buffer, before = '', behind = ''): void {
    const socket = this.#socket
    // TLS copies what it takes at once; it takes nothing while a write is under way.
    const waits = socket.writableLength > 0
    // What waited earlier has gone.
    if (!waits) this.#holding = false
    if (before !== '') socket.cork()
    this.#sendText(before)
    this.#send(chunk)
    this.#sendText(behind)
    if (before !== '') socket.uncork()
    if (this.#encrypted ? waits : socket.writableLength > 0) this.#holding = true
  }

  #send(bytes: Buffer): void {
    if (!this.#socket.writable) return
    if (this.#encrypted && bytes.length >= WAITED_BYTES) {
      this.#socket.write(bytes, this.#onWritten)
      this.#blocked = true
      return
    }
    if (!this.#socket.write(bytes) && this.#socket.writableLength >= this.#watermark) this.#blocked = true
  }

  #sendText(text: string): void {
    if (text === '' || !this.#socket.writable) return
    if (!this.#socket.write(text, 'latin1') && this.#socket.writableLength >= this.#watermark) this.#blocked = true
  }

  readonly #onWritten = (error?: Error | null): void => {
    // An error is told by the socket.
    if (error === undefined || error === null) this.#onDrain()
  }

  #flushLater(): void {
    if (this.#queued) return
    this.#queued = true
    unflushed[waiting++] = this
    if (turns === 0 && waiting === 1) process.nextTick(flushAll)
  }
}
