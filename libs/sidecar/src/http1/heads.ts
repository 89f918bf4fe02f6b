/**
 * From the bytes of a head to what the rest of the mesh reads. The head becomes one string once; everything in it is a slice of that string.
 */
import { FieldLines } from './fields.ts'
import { CLASSES, isAuthority, TARGET, TOKEN } from './grammar.ts'
import { checkTransferEncoding, takeHopFields } from './head-fields.ts'
import { badByte, scanFieldLines, scanned } from './head-scan.ts'
import { ProtocolError, type Http1Limits } from './limits.ts'
import { checkTarget } from './request-target.ts'
import { isWritten, plainTarget } from './written-target.ts'

export interface RequestHead {
  readonly method: string
  /** Origin form ("/path?query"), also where the absolute form came; "*" with OPTIONS, host and port with CONNECT. */
  readonly target: string
  readonly minor: 0 | 1
  /** End-to-end lines only: hop-by-hop fields and what Connection names are out, Transfer-Encoding is out, Host and Content-Length stay. */
  readonly fields: FieldLines
  /** Of the body in bytes; 0 none, -1 chunked. */
  readonly length: number
  /** Transfer codings of the body before `chunked`, as they are written: empty, or such as `gzip, `. */
  readonly codings: string
  readonly keepAlive: boolean
  /** The client waits for a 100 before it sends its body. */
  readonly expectContinue: boolean
  /** What the client would like to speak instead; null where it asked for nothing, or sends a body. */
  readonly upgrade: string | null
  /** As the client wrote it: of the target where that is absolute (the Host field says the same then), otherwise the Host field; '' where there is none. */
  readonly host: string
}

export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly minor: 0 | 1
  /** As with requests. */
  readonly fields: FieldLines
  /** Of the body in bytes; 0 none, -1 chunked, -2 until the connection closes. */
  readonly length: number
  readonly keepAlive: boolean
  readonly upgrade: string | null
  /** Seconds of the Keep-Alive field's `timeout`; -1 where it says none. */
  readonly keepAliveSeconds: number
}

export const CHUNKED = -1
export const UNTIL_CLOSE = -2

/** A head, and where it ends in the bytes. */
export interface Parsed<Head> {
  head: Head | null
  end: number
}

const SP = 32
const VERSION = 'HTTP/1.'
const VERSION_BYTES = Buffer.from(VERSION, 'latin1')
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const OTHER_VERSION = /^HTTP\/[0-9]\.[0-9]$/

/**
 * @param from where the head begins; an empty line before it is the connection's to skip
 * @returns the position behind the head's empty line and the head itself, or null where it is not whole yet; the object is used again by the next call
 * @throws ProtocolError as soon as it is sure
 */
export function parseRequestHead(bytes: Buffer, from: number, limits: Http1Limits): Parsed<RequestHead> | null {
  const to = Math.min(bytes.length, from + limits.maxHeadBytes)
  let at = from
  while (at < to && (CLASSES[bytes[at]!]! & TOKEN) !== 0) at++
  if (at < to && (at === from || bytes[at] !== SP)) throw badStart(bytes[at]!, 'method')
  const methodEnd = at++
  const targetFrom = at
  while (at < to && (CLASSES[bytes[at]!]! & TARGET) !== 0) at++
  const written = at < to && isWritten(bytes[at]!)
  if (written) while (at < to && isWritten(bytes[at]!)) at++
  if (at < to && (at === targetFrom || bytes[at] !== SP)) throw badStart(bytes[at]!, 'request target')
  const targetEnd = at++
  const fieldsFrom = at + VERSION.length + 3
  if (fieldsFrom > to) {
    if (to - from === limits.maxHeadBytes)
      throw new ProtocolError(414, `a request line of more than ${to - from} bytes`)
    checkVersionSoFar(bytes, at, to)
    return null
  }
  const minor = version(bytes, at)
  const end = scanFieldLines(bytes, fieldsFrom, to, limits.maxFields, 'field line')
  if (end === -1) {
    if (to - from === limits.maxHeadBytes) throw new ProtocolError(431, `a head of more than ${to - from} bytes`)
    return null
  }
  const text = bytes.toString('latin1', from, end - 2)
  const method = text.startsWith('GET ') ? 'GET' : text.slice(0, methodEnd - from)
  const came = text.slice(targetFrom - from, targetEnd - from)
  const target = written ? plainTarget(method, came) : came
  requestParsed.head = request(text, method, target, minor, marksFrom(from))
  requestParsed.end = end
  return requestParsed
}

const requestParsed: Parsed<RequestHead> = { head: null, end: 0 }
const responseParsed: Parsed<ResponseHead> = { head: null, end: 0 }

/** What the scan found, counted from the begin of the head; a head copies what stays of it. */
function marksFrom(from: number): number[] {
  const { marks, count } = scanned
  if (from !== 0) for (let index = 0; index < count; index++) marks[index] = marks[index]! - from
  return marks
}

function request(text: string, method: string, target: string, minor: 0 | 1, marks: number[]): RequestHead {
  const absolute = checkTarget(method, target)
  const hop = takeHopFields(text, marks, scanned.count)
  if (hop.hosts !== 1 && (hop.hosts > 1 || minor === 1)) throw new ProtocolError(400, `${hop.hosts} Host fields`)
  // An empty one says that there is no authority (RFC 9112 3.2): so it may be with *; an absolute target brings its own.
  const mayBeEmpty = hop.hosts === 0 || target === '*' || absolute !== null
  if (!isAuthority(hop.host) && !(hop.host === '' && mayBeEmpty))
    throw new ProtocolError(400, 'the Host field is not a host')
  let length = hop.contentLength === -1 ? 0 : hop.contentLength
  let codings = ''
  if (hop.transferEncoding !== null) {
    codings = checkTransferEncoding(hop.transferEncoding, minor, hop.contentLength)
    length = CHUNKED
  }
  if (length !== 0 && (method === 'TRACE' || method === 'CONNECT'))
    throw new ProtocolError(400, `${method} with a body`)
  const fields = new FieldLines(text, marks.slice(0, hop.kept), hop.gaps)
  if (absolute !== null && absolute.authority !== hop.host) fields.set('host', absolute.authority)
  return {
    method,
    target: absolute === null ? target : absolute.target,
    minor,
    fields,
    length,
    codings,
    // What follows CONNECT is not ours to read.
    keepAlive: !hop.close && (minor === 1 || hop.keepAlive) && method !== 'CONNECT',
    expectContinue: hop.expectContinue && minor === 1 && length !== 0,
    upgrade: hop.upgradeOption && minor === 1 && length === 0 ? hop.upgrade : null,
    host: absolute === null ? hop.host : absolute.authority,
  }
}

/**
 * @param method of the request: an answer to HEAD has no body
 * @returns as {@link parseRequestHead}
 * @throws ProtocolError
 */
export function parseResponseHead(
  bytes: Buffer,
  from: number,
  limits: Http1Limits,
  method: string,
): Parsed<ResponseHead> | null {
  const to = Math.min(bytes.length, from + limits.maxHeadBytes)
  for (let at = from; at < to && at < from + VERSION.length; at++)
    if (bytes[at] !== VERSION_BYTES[at - from]) throw new ProtocolError(400, 'the answer is not HTTP/1')
  const lineEnd = bytes.indexOf(10, from)
  if (lineEnd === -1 || lineEnd >= to) {
    if (to - from === limits.maxHeadBytes) throw new ProtocolError(431, `a status line of more than ${to - from} bytes`)
    return null
  }
  if (bytes[lineEnd - 1] !== 13) throw new ProtocolError(400, 'bare LF in the status line')
  const parts = STATUS_LINE.exec(bytes.toString('latin1', from, lineEnd - 1))
  if (parts === null) throw new ProtocolError(400, 'the status line is not one of HTTP/1')
  const end = scanFieldLines(bytes, lineEnd + 1, to, limits.maxFields, 'field line')
  if (end === -1) {
    if (to - from === limits.maxHeadBytes) throw new ProtocolError(431, `a head of more than ${to - from} bytes`)
    return null
  }
  const text = bytes.toString('latin1', from, end - 2)
  const minor = parts[1] === '1' ? 1 : 0
  responseParsed.head = response(text, Number(parts[2]), parts[3] ?? '', minor, marksFrom(from), method)
  responseParsed.end = end
  return responseParsed
}

function response(
  text: string,
  status: number,
  reason: string,
  minor: 0 | 1,
  marks: number[],
  method: string,
): ResponseHead {
  const hop = takeHopFields(text, marks, scanned.count)
  // Nobody has said that another coding may come: TE goes no further than to us.
  if (hop.transferEncoding !== null && checkTransferEncoding(hop.transferEncoding, minor, hop.contentLength) !== '')
    throw new ProtocolError(501, `Transfer-Encoding: ${hop.transferEncoding.slice(0, 40)} was not asked for`)
  const neverBody = status < 200 || status === 204
  const bodiless = neverBody || status === 304 || method === 'HEAD'
  const framed = hop.contentLength === -1 ? UNTIL_CLOSE : hop.contentLength
  const length = bodiless ? 0 : hop.transferEncoding === null ? framed : CHUNKED
  // A length where none may be: whether bytes follow is anybody's guess, so none are waited for and the connection is not used again.
  const doubtful = neverBody && (hop.transferEncoding !== null || hop.contentLength > 0)
  const fields = new FieldLines(text, marks.slice(0, hop.kept), hop.gaps)
  if (neverBody && hop.contentLength !== -1) fields.remove('content-length')
  return {
    status,
    reason,
    minor,
    fields,
    length,
    keepAlive: !hop.close && (minor === 1 || hop.keepAlive) && length !== UNTIL_CLOSE && !doubtful,
    upgrade: hop.upgradeOption ? hop.upgrade : null,
    keepAliveSeconds: hop.keepAliveSeconds,
  }
}

/** @param at where "HTTP/1.1" and CRLF are */
function version(bytes: Buffer, at: number): 0 | 1 {
  for (let index = 0; index < VERSION.length; index++)
    if (bytes[at + index] !== VERSION_BYTES[index]) throw badVersion(bytes, at)
  const minor = bytes[at + 7]! - 48
  if (minor !== 0 && minor !== 1) throw badVersion(bytes, at)
  if (bytes[at + 8] === 13 && bytes[at + 9] === 10) return minor
  throw badStart(bytes[at + 8]!, 'request line')
}

function badVersion(bytes: Buffer, at: number): ProtocolError {
  const text = bytes.toString('latin1', at, at + 8)
  if (OTHER_VERSION.test(text)) return new ProtocolError(505, `${text} is not spoken here`)
  return new ProtocolError(400, 'the request line does not end in HTTP/1.1')
}

/** Says at once what can never become a version: a client of HTTP/0.9 would otherwise wait until the head's time is over. */
function checkVersionSoFar(bytes: Buffer, at: number, to: number): void {
  for (let index = 0; index < 5 && at + index < to; index++)
    if (bytes[at + index] !== VERSION_BYTES[index])
      throw new ProtocolError(400, 'the request line does not end in HTTP/1.1')
}

function badStart(code: number, where: string): ProtocolError {
  if (code === SP)
    return new ProtocolError(400, `white space where the ${where} should be, or two blanks in the request line`)
  if (code === 13 && where === 'request target')
    return new ProtocolError(400, 'the request line does not end in HTTP/1.1')
  return badByte(code, where)
}
