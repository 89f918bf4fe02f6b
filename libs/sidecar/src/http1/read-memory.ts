/**
 * The memory that connections are read into. All that rest share one buffer, so that thousands of them cost nothing; one that carries much has its own for
 * as long as it does. Node would make new memory for each read, up to 64 KiB, and leave it to the garbage collector.
 */

/** A whole TLS record of plaintext (RFC 8446, 5.1), which is what node hands over at most of TLS at once. */
export const RECORD_BYTES = 16 * 1024
/**
 * Of a connection that carries much: what comes in one read leaves in one write, and the calls around them cost more than the bytes. Measured with 1 MiB over an
 * mTLS pair: 64 KiB take a third more CPU time, and so do 512 KiB, which no cache near the core holds (docs/benchmarks/profile.md).
 */
export const LARGE_BYTES = 256 * 1024
/** So many large ones may stay with connections that are between two messages: 8 MiB. */
const AT_REST = 32

/** What is read into it must be copied, or be done with, before anything else is read. */
export const SHARED = Buffer.allocUnsafeSlow(RECORD_BYTES)

const free: Buffer[] = []
let held = 0

/** Whoever takes one gives it back or drops it. */
export function takeLarge(): Buffer {
  held++
  return free.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES)
}

/** Nobody needs it any more. */
export function returnLarge(buffer: Buffer): void {
  held--
  if (free.length < AT_REST) free.push(buffer)
}

/** Somebody still needs what is in it: it goes when they go. */
export function dropLarge(): void {
  held--
}

/** Whether one that rests may keep its own. */
export const mayKeepLarge = (): boolean => held <= AT_REST
