/**
 * W3C `tracestate`: what each tracing system on the way adds for itself. It is carried, never read; but what is not well formed is not carried either.
 * Source: https://www.w3.org/TR/trace-context-2/#tracestate-header
 */

const MAX_MEMBERS = 32
/** What has to be carried at least, and what we carry at most. */
const MAX_LENGTH = 512
/** Longer members go first where the whole is too long. */
const LONG_MEMBER = 128
const MAX_KEY = 256
const MAX_VALUE = 256
/** A list this long is no list of a tracing system, and is not read. */
const MAX_INPUT = 8192

const COMMA = 0x2c
const EQUALS = 0x3d
const SPACE = 0x20
const TAB = 0x09

/**
 * @param text all its lines joined by commas
 * @returns what goes on: the text as it came where it fits; null where nothing is left, or one member is malformed, or there are more than 32
 */
export function acceptTracestate(text: string): string | null {
  if (text.length > MAX_INPUT) return null
  let members = 0
  let start = 0
  while (start <= text.length) {
    let end = text.indexOf(',', start)
    if (end === -1) end = text.length
    const from = skipForward(text, start, end)
    const to = skipBack(text, from, end)
    if (from < to) {
      members++
      if (members > MAX_MEMBERS || !isMember(text, from, to)) return null
    }
    start = end + 1
  }
  if (members === 0) return null
  return text.length <= MAX_LENGTH ? text : shorten(text)
}

/** Section 3.3.1.5: members over 128 characters go first, then those at the end, which are the oldest. */
function shorten(text: string): string | null {
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
  let length = members.reduce((sum, member) => sum + member.length + 1, -1)
  for (let index = members.length - 1; index >= 0 && length > MAX_LENGTH; index--) {
    const member = members[index] ?? ''
    if (member.length <= LONG_MEMBER) continue
    members.splice(index, 1)
    length -= member.length + 1
  }
  while (length > MAX_LENGTH) length -= (members.pop()?.length ?? 0) + 1
  return members.length === 0 ? null : members.join(',')
}

function isMember(text: string, from: number, to: number): boolean {
  const equals = text.indexOf('=', from)
  if (equals === -1 || equals >= to) return false
  return isKey(text, from, equals) && isValue(text, equals + 1, to)
}

function isKey(text: string, from: number, to: number): boolean {
  if (to - from > MAX_KEY || to === from || !isLowerAlphaNumeric(text.charCodeAt(from))) return false
  for (let index = from + 1; index < to; index++) {
    const code = text.charCodeAt(index)
    if (!isLowerAlphaNumeric(code) && code !== 0x5f && code !== 0x2d && code !== 0x2a && code !== 0x2f && code !== 0x40)
      return false
  }
  return true
}

function isLowerAlphaNumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

function isValue(text: string, from: number, to: number): boolean {
  if (to === from || to - from > MAX_VALUE) return false
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index)
    if (code < SPACE || code > 0x7e || code === COMMA || code === EQUALS) return false
  }
  return true
}

function skipForward(text: string, from: number, to: number): number {
  let index = from
  while (index < to && isBlank(text.charCodeAt(index))) index++
  return index
}

function skipBack(text: string, from: number, to: number): number {
  let index = to
  while (index > from && isBlank(text.charCodeAt(index - 1))) index--
  return index
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB
