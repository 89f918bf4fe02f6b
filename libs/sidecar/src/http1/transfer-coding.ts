/**
 * What a request's Transfer-Encoding says. Only `chunked`, once and last, frames a request (RFC 9112 6.3); a compression before it says what is in the chunks,
 * which go on untouched, and is named again on the next hop in one field that every reader takes apart alike. Whatever is anything else is refused.
 */
import { sameName, trimmed } from './grammar.ts'
import { ProtocolError } from './limits.ts'

/** RFC 9112 7.2. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'])
/** Of RFC 2616: nothing is done to the bytes. It was taken out of the registry; a name that means nothing need not go on. */
const NOTHING = 'identity'

/**
 * @param value of all its lines, joined with commas
 * @returns what stands before `chunked`, as it is written on the next hop: empty, or such as `gzip, `; an error where that cannot be framed, or is not known
 */
export function codingsBeforeChunked(value: string): string | ProtocolError {
  if (value.length === 7 && sameName(value, 0, 'chunked')) return ''
  // Blanks alone are white space here, and not what JavaScript takes for it.
  const codings = value.split(',').map((coding) => trimmed(coding, 0, coding.length).toLowerCase())
  const last = codings.pop()
  if (codings.some((coding) => coding === 'chunked' || coding.startsWith('chunked;') || coding === ''))
    return new ProtocolError(400, 'Transfer-Encoding: chunked is not the last coding, or not alone')
  const unknown = codings.find((coding) => coding !== NOTHING && !COMPRESSIONS.has(coding))
  if (unknown !== undefined) return notKnown(unknown)
  if (last === undefined || last === '' || last.startsWith('chunked;'))
    return new ProtocolError(400, 'Transfer-Encoding: chunked has no parameters')
  if (COMPRESSIONS.has(last) || last === NOTHING)
    return new ProtocolError(400, 'Transfer-Encoding does not end in chunked: nobody knows where the request ends')
  if (last !== 'chunked') return notKnown(last)
  return codings.map((coding) => (coding === NOTHING ? '' : `${coding}, `)).join('')
}

function notKnown(coding: string): ProtocolError {
  return new ProtocolError(501, `Transfer-Encoding: ${coding.slice(0, 40)} is not known here`)
}
