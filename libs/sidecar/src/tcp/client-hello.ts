/**
 * The server name that a TLS client asks for, read from its first bytes without answering them: how TLS is routed without being terminated.
 * Source: RFC 8446, 4.1.2 (ClientHello) and RFC 6066, 3 (server_name).
 */

/** `incomplete`: more bytes may still decide. `not-tls`: they never will. `sni` is in lower case, empty where the client names nobody. */
export type ClientHello =
  { readonly kind: 'incomplete' } | { readonly kind: 'not-tls' } | { readonly kind: 'hello'; readonly sni: string }

const INCOMPLETE: ClientHello = { kind: 'incomplete' }
const NOT_TLS: ClientHello = { kind: 'not-tls' }
const NO_NAME: ClientHello = { kind: 'hello', sni: '' }

const HANDSHAKE = 0x16
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const RECORD_HEAD = 5
/** A ClientHello that is longer is nobody's. */
export const MAX_CLIENT_HELLO = 16 * 1024

/** @param bytes everything that came so far, from the first byte */
export function readClientHello(bytes: Buffer): ClientHello {
  if (bytes.length === 0) return INCOMPLETE
  if (bytes[0] !== HANDSHAKE) return NOT_TLS
  const hello = handshakeMessage(bytes)
  if (!Buffer.isBuffer(hello)) return hello
  const reader = new Reader(hello)
  reader.skip(2 + 32) // version, random
  reader.skip(reader.byte()) // session id
  reader.skip(reader.word()) // cipher suites
  reader.skip(reader.byte()) // compression methods
  if (reader.failed) return NOT_TLS
  if (reader.atEnd) return NO_NAME
  return serverName(new Reader(reader.take(reader.word())))
}

/** The body of the first handshake message, which may be spread over several records. */
function handshakeMessage(bytes: Buffer): Buffer | ClientHello {
  const parts: Buffer[] = []
  let have = 0
  let wanted = -1
  for (let at = 0; at < bytes.length;) {
    if (bytes.length < at + RECORD_HEAD) return bytes.length > MAX_CLIENT_HELLO ? NOT_TLS : INCOMPLETE
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3) return NOT_TLS
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0) return NOT_TLS
    const part = bytes.subarray(at + RECORD_HEAD, at + RECORD_HEAD + length)
    parts.push(part)
    have += part.length
    at += RECORD_HEAD + length
    if (wanted < 0 && have >= 4) {
      const head = Buffer.concat(parts)
      if (head[0] !== CLIENT_HELLO) return NOT_TLS
      wanted = 4 + head.readUIntBE(1, 3)
      if (wanted > MAX_CLIENT_HELLO) return NOT_TLS
    }
    if (wanted >= 0 && have >= wanted) return Buffer.concat(parts).subarray(4, wanted)
  }
  return INCOMPLETE
}

function serverName(extensions: Reader): ClientHello {
  if (extensions.failed) return NOT_TLS
  while (!extensions.atEnd) {
    const type = extensions.word()
    const data = new Reader(extensions.take(extensions.word()))
    if (extensions.failed) return NOT_TLS
    if (type !== SERVER_NAME) continue
    const names = new Reader(data.take(data.word()))
    if (names.byte() !== 0) return NOT_TLS
    const name = names.take(names.word())
    if (data.failed || names.failed) return NOT_TLS
    return { kind: 'hello', sni: name.toString('latin1').toLowerCase() }
  }
  return NO_NAME
}

/** Reads on; what would lie behind the end is a failure and no exception. */
class Reader {
  readonly #bytes: Buffer
  #at = 0
  failed = false

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.failed || this.#at >= this.#bytes.length
  }
  byte(): number {
    return this.take(1)[0] ?? 0
  }
  word(): number {
    const bytes = this.take(2)
    return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  }
  skip(length: number): void {
    this.take(length)
  }
  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) this.failed = true
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return taken
  }
}
