/**
 * Node reads what others send us into new memory each time, up to 64 KiB, and leaves it to the garbage collector, which looks at the whole heap to find it
 * again. Of a long request body every chunk has been passed on when its turn is over: its memory is given back there and then.
 */

/** Below, giving back costs more than what it saves. */
export const WORTH_GIVING_BACK = 8 * 1024

/** The bytes are gone afterwards. Without effect where the memory is shared with something else. */
export function giveBack(data: Buffer): void {
  const { buffer, byteOffset, length } = data
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === length) buffer.transfer(0)
}
