/**
 * Node takes a buffer to read into (`onread`) for connections that it opens, and not for those that it accepts, nor for TLS around a socket, although all
 * of them read by the same code. What its constructor does for the former is done here for the latter, later: three fields of the socket and one call of its
 * handle, none of them public. Whatever is not found as it is in Node 24 leaves the socket as it is, and it is read by `data` events as ever: slower,
 * and right. A test says when a Node comes that is not known (direct-read.int.spec.ts).
 */
import net from 'node:net'

export interface ReadInto {
  /** The memory of the next read. */
  readonly buffer: () => Uint8Array
  /** @returns false to stop reading */
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean
}

interface Fields {
  readonly buffer: symbol
  readonly callback: symbol
  readonly next: symbol
}

/** undefined: not looked for yet; null: not there. */
let fields: Fields | null | undefined

function fieldsOfNode(): Fields | null {
  const symbols = Object.getOwnPropertySymbols(new net.Socket())
  const named = (name: string): symbol | undefined => symbols.find(({ description }) => description === name)
  const [buffer, callback, next] = [named('kBuffer'), named('kBufferCb'), named('kBufferGen')]
  return buffer === undefined || callback === undefined || next === undefined ? null : { buffer, callback, next }
}

/** @param socket open, and nobody listens to its data @returns false where the socket is left as it was */
export function readInto(socket: net.Socket, reading: ReadInto): boolean {
  fields ??= fieldsOfNode()
  const handle: unknown = Reflect.get(socket, '_handle')
  if (fields === null || typeof handle !== 'object' || handle === null) return false
  const use: unknown = Reflect.get(handle, 'useUserBuffer')
  // What was read already stays in front of what comes.
  if (typeof use !== 'function' || socket.readableLength > 0 || socket.readableEnded || socket.destroyed) return false
  if (Reflect.get(socket, fields.buffer) !== null || Reflect.get(socket, fields.next) !== null) return false
  const first = reading.buffer()
  Reflect.set(socket, fields.buffer, first)
  Reflect.set(socket, fields.callback, reading.callback)
  Reflect.set(socket, fields.next, reading.buffer)
  Reflect.apply(use, handle, [first])
  return true
}
