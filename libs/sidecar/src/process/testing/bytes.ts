/** Bytes of any length that are known by their place, so that whoever gets them sees at once whether one is missing, doubled or another's. */

/** Longer than any buffer that is used again, and no multiple of one: a slice that stands at the wrong place differs. */
const PERIOD = 251 * 1021
const PATTERN = Buffer.alloc(2 * PERIOD)
for (let at = 0, word = 1; at < PERIOD; at++) {
  word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0
  PATTERN[at] = PATTERN[at + PERIOD] = word >>> 16
}

/** @param length at most the period */
export function bytesAt(offset: number, length: number): Buffer {
  const start = offset % PERIOD
  return PATTERN.subarray(start, start + length)
}

/** Takes what comes and compares it with what should. */
export class Checked {
  length = 0
  /** Where it first differed; -1: nowhere yet. */
  wrongAt = -1

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const size = Math.min(chunk.length - at, PERIOD)
      const right = bytesAt(this.length, size).equals(chunk.subarray(at, at + size))
      if (!right && this.wrongAt === -1) this.wrongAt = this.length
      this.length += size
      at += size
    }
  }
}
