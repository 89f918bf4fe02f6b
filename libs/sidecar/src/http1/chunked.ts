/**
 * Takes chunked coding apart as it comes (RFC 9112 7.1), in slices of what was read: payload is never copied. Stricter than a recipient must be, because
 * whatever two readers may see differently is a way to smuggle: no blanks around sizes, CRLF only, extensions that follow the grammar and are bounded.
 */
import { FieldLines, MARKS } from './fields.ts'
import { CLASSES, FIELD_TEXT, sameName } from './grammar.ts'
import { badByte, isWorthScanning, scanFieldLines, scanned } from './head-scan.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'

export interface ChunkSink {
  /** @returns false: stop here, the rest is passed to `decode` again later */
  onPayload(chunk: Buffer): boolean
}

const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const PAYLOAD = 3
const PAYLOAD_CR = 4
const PAYLOAD_LF = 5
const TRAILERS = 6
const DONE = 7

const CR = 13
const LF = 10
const SEMICOLON = 59
/** Enough for any size that a number can hold exactly, and for some zeros before it. */
const SIZE_DIGITS = 16
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const EXTENSIONS = new RegExp(
  `^(?:;${TOKEN}(?:=(?:${TOKEN}|"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t -\\x7e\\x80-\\xff])*"))?)+$`,
)
/** Fields that frame or route a message; behind it they would come too late, and somebody might heed them (RFC 9110 6.5.1). */
const NEVER_TRAILERS = ['content-length', 'transfer-encoding', 'host', 'connection', 'trailer', 'upgrade', 'te']

const HEX = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

export class ChunkedDecoder {
  readonly #limits: Http1Limits
  #state = SIZE
  #size = 0
  #digits = 0
  #extensionBytes = 0
  #extension = ''
  #held: Buffer | null = null
  #trailers: FieldLines | null = null

  constructor(limits: Http1Limits) {
    this.#limits = limits
  }

  /** Ready for the next message. */
  reset(): void {
    this.#state = SIZE
    this.#size = 0
    this.#digits = 0
    this.#extensionBytes = 0
    this.#extension = ''
    this.#held = null
    this.#trailers = null
  }

  get done(): boolean {
    return this.#state === DONE
  }

  /** Null where there were none. */
  get trailers(): FieldLines | null {
    return this.#trailers
  }

  /**
   * @returns up to where the bytes are taken: all of them, unless the message is done or the sink wants no more
   * @throws ProtocolError
   */
  decode(bytes: Buffer, from: number, sink: ChunkSink): number {
    const to = bytes.length
    let at = from
    while (at < to) {
      switch (this.#state) {
        case SIZE:
          at = this.#readSize(bytes, at)
          break
        case EXTENSION:
          at = this.#readExtension(bytes, at)
          break
        case SIZE_LF:
          expect(bytes[at++]!, LF, 'bare CR behind a chunk size')
          if (this.#extension !== '') this.#checkExtension()
          this.#state = this.#size === 0 ? TRAILERS : PAYLOAD
          break
        case PAYLOAD: {
          const end = Math.min(to, at + this.#size)
          const chunk = at === 0 && end === to ? bytes : bytes.subarray(at, end)
          this.#size -= end - at
          at = end
          if (this.#size === 0) this.#state = PAYLOAD_CR
          if (!sink.onPayload(chunk)) return at
          break
        }
        case PAYLOAD_CR:
          expect(bytes[at++]!, CR, 'a chunk is longer than its size')
          this.#state = PAYLOAD_LF
          break
        case PAYLOAD_LF:
          expect(bytes[at++]!, LF, 'bare CR behind a chunk')
          this.#state = SIZE
          this.#digits = 0
          break
        case TRAILERS:
          at = this.#readTrailers(bytes, at)
          break
        default:
          return at
      }
    }
    return at
  }

  #readSize(bytes: Buffer, from: number): number {
    let at = from
    for (; at < bytes.length; at++) {
      const code = bytes[at]!
      const digit = HEX[code]!
      if (digit >= 0) {
        this.#size = this.#size * 16 + digit
        if (++this.#digits > SIZE_DIGITS || this.#size > Number.MAX_SAFE_INTEGER)
          throw new ProtocolError(400, 'a chunk size that is too large')
        continue
      }
      if (this.#digits === 0) throw new ProtocolError(400, 'a chunk without a size')
      if (code !== CR && code !== SEMICOLON) throw badByte(code, 'chunk size')
      // The semicolon belongs to the extension.
      this.#state = code === CR ? SIZE_LF : EXTENSION
      return code === CR ? at + 1 : at
    }
    return at
  }

  #readExtension(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && (CLASSES[bytes[at]!]! & FIELD_TEXT) !== 0) at++
    this.#extensionBytes += at - from
    if (this.#extensionBytes > this.#limits.maxChunkExtensionBytes)
      throw new ProtocolError(413, `more than ${this.#limits.maxChunkExtensionBytes} bytes of chunk extensions`)
    this.#extension += bytes.toString('latin1', from, at)
    if (at === bytes.length) return at
    if (bytes[at] !== CR) throw badByte(bytes[at]!, 'chunk extension')
    this.#state = SIZE_LF
    return at + 1
  }

  #checkExtension(): void {
    if (!EXTENSIONS.test(this.#extension)) throw new ProtocolError(400, 'an illegal chunk extension')
    this.#extension = ''
  }

  #readTrailers(bytes: Buffer, from: number): number {
    const { maxHeadBytes, maxFields } = this.#limits
    const before = this.#held === null ? 0 : this.#held.length
    const all = this.#held === null ? bytes.subarray(from) : Buffer.concat([this.#held, bytes.subarray(from)])
    const end = isWorthScanning(all, before, this.#limits)
      ? scanFieldLines(all, 0, Math.min(all.length, maxHeadBytes), maxFields, 'trailer')
      : -1
    if (end === -1) {
      if (all.length > maxHeadBytes) throw new ProtocolError(431, `trailers of more than ${maxHeadBytes} bytes`)
      // What is read next may come into the same memory (direct-read.ts).
      this.#held = this.#held === null ? Buffer.from(all) : all
      return bytes.length
    }
    if (scanned.count > 0) this.#trailers = trailerLines(all, end)
    this.#held = null
    this.#state = DONE
    return from + end - before
  }
}

function trailerLines(bytes: Buffer, end: number): FieldLines {
  const text = bytes.toString('latin1', 0, end - 2)
  const marks = scanned.marks.slice(0, scanned.count)
  for (let index = 0; index < marks.length; index += MARKS) {
    const start = marks[index]!
    const size = marks[index + 1]! - start
    for (const name of NEVER_TRAILERS)
      if (name.length === size && sameName(text, start, name)) throw new ProtocolError(400, `${name} as a trailer`)
  }
  return new FieldLines(text, marks, false)
}

function expect(code: number, wanted: number, otherwise: string): void {
  if (code === wanted) return
  if (wanted === CR && code === LF) throw new ProtocolError(400, 'bare LF behind a chunk')
  throw new ProtocolError(400, otherwise)
}
