/**
 * What the connection itself must know from a head's fields: framing, persistence, who is asked. Whatever concerns this hop only is taken out here
 * (RFC 9110 7.6.1), so that nobody further on can pass it on by mistake.
 */
import { MARKS } from './fields.ts'
import { sameName, trimmed } from './grammar.ts'
import { ProtocolError } from './limits.ts'
import { codingsBeforeChunked } from './transfer-coding.ts'

/** What the last head said; used again for each, because a head is taken apart in one go. */
class HopFields {
  hosts = 0
  host = ''
  /** -1: none. */
  contentLength = -1
  transferEncoding: string | null = null
  close = false
  keepAlive = false
  keepAliveSeconds = -1
  upgradeOption = false
  upgrade: string | null = null
  expectContinue = false
  /** Other names that Connection has. */
  named: string[] | null = null
  /** How many numbers of the marks stay, and whether lines between them have gone. */
  kept = 0
  gaps = false
}

const hop = new HopFields()
const LENGTH_DIGITS = 15
const KEEP_ALIVE_TIMEOUT = /(?:^|[,;]|\s)timeout\s*=\s*"?([0-9]{1,6})/i

/**
 * @param text the head
 * @param marks of its lines, counted from the begin of the text; lines for this hop are taken out in place
 * @throws ProtocolError
 */
export function takeHopFields(text: string, marks: number[], count: number): Readonly<HopFields> {
  hop.hosts = 0
  hop.host = ''
  hop.contentLength = -1
  hop.transferEncoding = null
  hop.close = false
  hop.keepAlive = false
  hop.keepAliveSeconds = -1
  hop.upgradeOption = false
  hop.upgrade = null
  hop.expectContinue = false
  hop.named = null
  let kept = 0
  for (let index = 0; index < count; index += MARKS) {
    const start = marks[index]!
    const colon = marks[index + 1]!
    const end = marks[index + 2]!
    if (isForThisHop(text, start, colon, end)) continue
    if (kept !== index) {
      marks[kept] = start
      marks[kept + 1] = colon
      marks[kept + 2] = end
    }
    kept += MARKS
  }
  hop.gaps = kept !== count
  hop.kept = kept
  if (hop.named !== null) dropNamed(text, marks, hop.named)
  return hop
}

function isForThisHop(text: string, start: number, colon: number, end: number): boolean {
  switch (colon - start) {
    case 2:
      return sameName(text, start, 'te')
    case 4:
      if (sameName(text, start, 'host')) {
        hop.hosts++
        hop.host = trimmed(text, colon + 1, end - 2)
      }
      return false
    case 6:
      if (sameName(text, start, 'expect')) {
        const value = trimmed(text, colon + 1, end - 2)
        hop.expectContinue = value.length === 12 && sameName(value, 0, '100-continue')
      }
      return false
    case 7:
      if (!sameName(text, start, 'upgrade')) return false
      hop.upgrade = trimmed(text, colon + 1, end - 2)
      return true
    case 10:
      if (sameName(text, start, 'connection')) {
        takeConnection(trimmed(text, colon + 1, end - 2))
        return true
      }
      if (!sameName(text, start, 'keep-alive')) return false
      hop.keepAliveSeconds = Number(KEEP_ALIVE_TIMEOUT.exec(text.slice(colon + 1, end - 2))?.[1] ?? -1)
      return true
    case 14:
      if (sameName(text, start, 'content-length')) takeContentLength(trimmed(text, colon + 1, end - 2))
      return false
    case 16:
      return sameName(text, start, 'proxy-connection')
    case 17: {
      if (!sameName(text, start, 'transfer-encoding')) return false
      const value = trimmed(text, colon + 1, end - 2)
      hop.transferEncoding = hop.transferEncoding === null ? value : `${hop.transferEncoding},${value}`
      return true
    }
    default:
      return false
  }
}

function takeContentLength(value: string): void {
  if (hop.contentLength !== -1) throw new ProtocolError(400, 'more than one Content-Length')
  const { length } = value
  if (length === 0 || length > LENGTH_DIGITS) throw new ProtocolError(400, 'Content-Length is not a length')
  let bytes = 0
  for (let index = 0; index < length; index++) {
    const digit = value.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) throw new ProtocolError(400, 'Content-Length is not a length')
    bytes = bytes * 10 + digit
  }
  hop.contentLength = bytes
}

function takeConnection(value: string): void {
  if (value.length === 10 && sameName(value, 0, 'keep-alive')) hop.keepAlive = true
  else if (value.length === 5 && sameName(value, 0, 'close')) hop.close = true
  else for (const option of value.split(',')) takeOption(option.trim().toLowerCase())
}

function takeOption(option: string): void {
  switch (option) {
    case 'close':
      hop.close = true
      return
    case 'keep-alive':
      hop.keepAlive = true
      return
    case 'upgrade':
      hop.upgradeOption = true
      return
    // Framing and who is asked concern every hop: a client that has them cut away would change what the next one reads.
    case '':
    case 'host':
    case 'content-length':
      return
    default:
      if (hop.named === null) hop.named = [option]
      else hop.named.push(option)
  }
}

function dropNamed(text: string, marks: number[], named: readonly string[]): void {
  let kept = 0
  for (let index = 0; index < hop.kept; index += MARKS) {
    const start = marks[index]!
    const size = marks[index + 1]! - start
    if (named.some((name) => name.length === size && sameName(text, start, name))) continue
    for (let mark = 0; mark < MARKS; mark++) marks[kept + mark] = marks[index + mark]!
    kept += MARKS
  }
  if (kept !== hop.kept) hop.gaps = true
  hop.kept = kept
}

/**
 * @returns what stands before `chunked` (transfer-coding.ts)
 * @throws ProtocolError 501 for a coding that nobody here knows, 400 for what cannot be framed
 */
export function checkTransferEncoding(value: string, minor: 0 | 1, contentLength: number): string {
  if (minor === 0) throw new ProtocolError(400, 'Transfer-Encoding in HTTP/1.0')
  if (contentLength !== -1) throw new ProtocolError(400, 'both Content-Length and Transfer-Encoding')
  const before = codingsBeforeChunked(value)
  if (typeof before !== 'string') throw before
  return before
}
