/**
 * Finds and checks the field lines of a head in the bytes that came: one pass, one table look-up per byte, and it stops at the first byte that may not be there.
 * Measured against sticky regular expressions and loops over the string (testing/bench.ts): the loop over the bytes is the fastest.
 */
import { MARKS } from './fields.ts'
import { CLASSES, FIELD_TEXT, isBlank, TOKEN } from './grammar.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'

const CR = 13
const LF = 10
const COLON = 58

/** Where the lines of the last scan are, as FieldLines has it, but counted from the begin of the buffer. Used again by each scan: copy what is to stay. */
export const scanned: { readonly marks: number[]; count: number } = { marks: [], count: 0 }

/**
 * @param from begin of the first field line
 * @param to end of what is there (or may be looked at)
 * @param what 'field line' or 'trailer', for reasons
 * @returns the position behind the empty line that ends the section, or -1 where it is not there yet
 * @throws ProtocolError
 */
export function scanFieldLines(bytes: Buffer, from: number, to: number, maxFields: number, what: string): number {
  if (bytes[to - 1] === LF) return scan(bytes, from, to, maxFields, what)
  // A body follows, or the section is not whole.
  const lastLine = bytes.lastIndexOf(LF, to - 1) + 1
  const end = lastLine > from ? scan(bytes, from, lastLine, maxFields, what) : -1
  if (end !== -1) return end
  const closed = Buffer.allocUnsafe(to - from + 1)
  bytes.copy(closed, 0, from, to)
  closed[to - from] = LF
  return scan(closed, 0, to - from, maxFields, what)
}

/** The byte before `to`, or the one there, is a line feed: it ends every loop, so that none has to ask whether it is at the end. */
function scan(bytes: Buffer, from: number, to: number, maxFields: number, what: string): number {
  const classes = CLASSES
  const { marks } = scanned
  const most = maxFields * MARKS
  let count = 0
  let at = from
  while (at < to) {
    const start = at
    while ((classes[bytes[at]!]! & TOKEN) !== 0) at++
    if (at === to) return -1
    if (at === start && bytes[at] === CR) {
      if (at + 1 === to) return -1
      if (bytes[at + 1] !== LF) throw new ProtocolError(400, 'bare CR in the head')
      scanned.count = count
      return at + 2
    }
    if (at === start || bytes[at] !== COLON) throw badName(bytes, start, at, what)
    if (count === most) throw new ProtocolError(431, `more than ${maxFields} ${what}s`)
    marks[count] = start
    marks[count + 1] = at
    at++
    while ((classes[bytes[at]!]! & FIELD_TEXT) !== 0) at++
    if (at === to) return -1
    if (bytes[at] !== CR) throw badByte(bytes[at]!, what)
    if (at + 1 === to) return -1
    if (bytes[at + 1] !== LF) throw new ProtocolError(400, `bare CR in a ${what}`)
    at += 2
    marks[count + 2] = at
    count += MARKS
  }
  return -1
}

function badName(bytes: Buffer, start: number, at: number, what: string): ProtocolError {
  const code = bytes[at]!
  if (at === start && isBlank(code)) return new ProtocolError(400, `obs-fold: a ${what} begins with white space`)
  if (at === start && code === COLON) return new ProtocolError(400, `a ${what} without a name`)
  if (isBlank(code)) return new ProtocolError(400, `white space in or behind the name of a ${what}`)
  if (code === CR) return new ProtocolError(400, `a ${what} without a colon`)
  return badByte(code, `name of a ${what}`)
}

/** Up to here a head that is not whole is looked at again with every packet, so that what is wrong in it is said at once. */
const SMALL_HEAD_BYTES = 4096

/**
 * Whether a head that was not whole may be, or may be wrong, by now. A long one is looked at again only where a line may have ended: one byte at a time must
 * not cost the square of its length.
 * @param all the head so far
 * @param fresh from where on its bytes are new
 */
export function isWorthScanning(all: Buffer, fresh: number, limits: Http1Limits): boolean {
  return all.length <= SMALL_HEAD_BYTES || all.length >= limits.maxHeadBytes || all.indexOf(LF, fresh) !== -1
}

/** In words: a log is read by people. */
export function badByte(code: number, where: string): ProtocolError {
  if (code === LF) return new ProtocolError(400, `bare LF in a ${where}`)
  if (code === CR) return new ProtocolError(400, `bare CR in a ${where}`)
  if (code === 0) return new ProtocolError(400, `NUL in a ${where}`)
  const hex = code.toString(16).padStart(2, '0')
  return new ProtocolError(400, `illegal byte 0x${hex} in a ${where}`)
}
