import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from './limits.ts'
import { readRequests, readResponse } from './testing/transcript.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const read = (text: string) => readRequests([latin1(text)])
const H = 'Host: a\r\n'

describe('request heads that are accepted', () => {
  it.each([
    ['origin form', `GET /a?b HTTP/1.1\r\n${H}\r\n`, '/a?b', 'a'],
    ['absolute form: its host counts', `GET http://b:1/c?d HTTP/1.1\r\n${H}\r\n`, '/c?d', 'b:1'],
    ['absolute form without a path', `GET http://b HTTP/1.1\r\n${H}\r\n`, '/', 'b'],
    ['absolute form with a query alone', `GET http://b?x HTTP/1.1\r\n${H}\r\n`, '/?x', 'b'],
    ['absolute form with an empty Host', 'GET http://b/ HTTP/1.1\r\nHost:\r\n\r\n', '/', 'b'],
    ['OPTIONS of a server by absolute form', `OPTIONS http://b HTTP/1.1\r\n${H}\r\n`, '*', 'b'],
    ['asterisk form', `OPTIONS * HTTP/1.1\r\n${H}\r\n`, '*', 'a'],
    ['asterisk form with an empty Host', 'OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n', '*', ''],
    ['CONNECT', `CONNECT b:443 HTTP/1.1\r\n${H}\r\n`, 'b:443', 'a'],
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', '/', ''],
    ['one empty line before it', `\r\nGET / HTTP/1.1\r\n${H}\r\n`, '/', 'a'],
    ['no blank behind the colon', 'GET / HTTP/1.1\r\nHost:a\r\n\r\n', '/', 'a'],
  ])('%s', (_what, text, target, host) => {
    const { requests, refused } = read(text)
    expect(refused).toBeNull()
    expect(requests.map(({ head }) => [head.target, head.host])).toEqual([[target, host]])
  })
  it('an absolute target replaces the Host field that goes on (RFC 9112 3.2.2)', () => {
    expect(read(`GET http://b/ HTTP/1.1\r\n${H}\r\n`).requests[0]?.lines).toBe('host: b\r\n')
  })
  it.each([
    [`GET / HTTP/1.1\r\n${H}\r\n`, true],
    [`GET / HTTP/1.1\r\nConnection: Close\r\n${H}\r\n`, false],
    [`GET / HTTP/1.1\r\nConnection: x, close\r\n${H}\r\n`, false],
    ['GET / HTTP/1.0\r\n\r\n', false],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', true],
  ])('%j keeps the connection: %s', (text, keepAlive) => {
    expect(read(text).requests[0]?.head.keepAlive).toBe(keepAlive)
  })
  it('upgrade needs Connection: upgrade and HTTP/1.1, and no body', () => {
    const upgrade = (line: string, more: string) =>
      read(`${line}${H}Upgrade: websocket\r\n${more}\r\n`).requests[0]?.head.upgrade
    expect(upgrade('GET / HTTP/1.1\r\n', 'Connection: Upgrade\r\n')).toBe('websocket')
    expect(upgrade('GET / HTTP/1.1\r\n', '')).toBeNull()
    expect(upgrade('GET / HTTP/1.0\r\n', 'Connection: upgrade\r\n')).toBeNull()
    expect(upgrade('GET / HTTP/1.1\r\n', 'Connection: upgrade\r\nContent-Length: 1\r\n')).toBeNull()
  })
  it('expects a 100 only for a body, in HTTP/1.1', () => {
    const expectContinue = (text: string) => read(text).requests[0]?.head.expectContinue
    expect(expectContinue(`POST / HTTP/1.1\r\n${H}Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n`)).toBe(true)
    expect(expectContinue(`POST / HTTP/1.1\r\n${H}Expect: 100-continue\r\n\r\n`)).toBe(false)
    expect(expectContinue(`POST / HTTP/1.0\r\n${H}Expect: 100-continue\r\nContent-Length: 1\r\n\r\n`)).toBe(false)
  })
})

describe('request heads that are refused', () => {
  it.each([
    [
      'Content-Length and Transfer-Encoding',
      400,
      `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['two Content-Lengths', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`],
    ['the same Content-Length twice', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
    ['a list of Content-Lengths', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 5, 5\r\n\r\n`],
    ['a signed Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: +5\r\n\r\n`],
    ['a negative Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: -5\r\n\r\n`],
    ['an empty Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length:\r\n\r\n`],
    ['a huge Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 9999999999999999\r\n\r\n`],
    ['a bare LF in the request line', 400, `GET / HTTP/1.1\n${H}\r\n`],
    ['a bare LF in a field', 400, 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n'],
    ['a bare LF at the end', 400, `GET / HTTP/1.1\r\n${H}\n`],
    ['a bare CR in a field', 400, `GET / HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`],
    ['a bare CR at the end', 400, `GET / HTTP/1.1\r\n${H}\rX`],
    ['obs-fold', 400, `GET / HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`],
    ['white space before the first field', 400, `GET / HTTP/1.1\r\n ${H}\r\n`],
    ['a blank before the colon', 400, 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a field without a name', 400, `GET / HTTP/1.1\r\n${H}: x\r\n\r\n`],
    ['a field without a colon', 400, `GET / HTTP/1.1\r\n${H}x\r\n\r\n`],
    ['a byte above ASCII in a name', 400, `GET / HTTP/1.1\r\n${H}\xe9: x\r\n\r\n`],
    ['NUL', 400, `GET / HTTP/1.1\r\n${H}X: \0\r\n\r\n`],
    ['DEL', 400, `GET / HTTP/1.1\r\n${H}X: \x7f\r\n\r\n`],
    ['no Host', 400, 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', 400, `GET / HTTP/1.1\r\n${H}${H}\r\n`],
    ['two Hosts in HTTP/1.0', 400, `GET / HTTP/1.0\r\n${H}${H}\r\n`],
    ['an empty Host', 400, 'GET / HTTP/1.1\r\nHost: \r\n\r\n'],
    ['a Host with a path', 400, 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a Host with a user', 400, 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n'],
    ['Transfer-Encoding in HTTP/1.0', 400, 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['an unknown coding', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: foo\r\n\r\n`],
    ['an unknown coding before chunked', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: br, chunked\r\n\r\n`],
    ['a coding with a parameter', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip;q=1, chunked\r\n\r\n`],
    ['codings without chunked', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip\r\n\r\n`],
    ['identity alone', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: identity\r\n\r\n`],
    ['an empty coding', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip,, chunked\r\n\r\n`],
    ['chunked behind a blank that is none', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \xa0chunked\r\n\r\n`],
    [
      'a coding and a length',
      400,
      `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\n`,
    ],
    ['chunked that is not last', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, gzip\r\n\r\n`],
    ['chunked twice', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['an empty Transfer-Encoding', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding:\r\n\r\n`],
    ['chunked with a parameter', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked;q=1\r\n\r\n`],
    ['chunked behind a vertical tab', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \x0bchunked\r\n\r\n`],
    ['HTTP/2', 505, 'PRI * HTTP/2.0\r\n\r\n'],
    ['HTTP/1.2', 505, `GET / HTTP/1.2\r\n${H}\r\n`],
    ['HTTP/0.9', 400, 'GET /\r\n'],
    ['a version in small letters', 400, `GET / http/1.1\r\n${H}\r\n`],
    ['two blanks', 400, `GET  / HTTP/1.1\r\n${H}\r\n`],
    ['a blank at the end of the line', 400, `GET / HTTP/1.1 \r\n${H}\r\n`],
    ['a target with a blank', 400, `GET /a b HTTP/1.1\r\n${H}\r\n`],
    ['nothing but a fragment', 400, `GET #a HTTP/1.1\r\n${H}\r\n`],
    ['a fragment with CONNECT', 400, `CONNECT a:1#b HTTP/1.1\r\n${H}\r\n`],
    ['a target outside of ASCII that is no UTF-8', 400, `GET /\xe9 HTTP/1.1\r\n${H}\r\n`],
    ['a control byte behind letters outside of ASCII', 400, `GET /\xc3\xa9\x01 HTTP/1.1\r\n${H}\r\n`],
    ['a control byte in a fragment', 400, `GET /#\x01 HTTP/1.1\r\n${H}\r\n`],
    ['authority form without CONNECT', 400, `GET b:80 HTTP/1.1\r\n${H}\r\n`],
    ['CONNECT of a path', 400, `CONNECT / HTTP/1.1\r\n${H}\r\n`],
    ['* without OPTIONS', 400, `GET * HTTP/1.1\r\n${H}\r\n`],
    ['another scheme', 400, `GET ftp://a/ HTTP/1.1\r\n${H}\r\n`],
    ['a user in the target', 400, `GET http://u@a/ HTTP/1.1\r\n${H}\r\n`],
    ['TRACE with a body', 400, `TRACE / HTTP/1.1\r\n${H}Content-Length: 1\r\n\r\n`],
    ['CONNECT with a body', 400, `CONNECT a:1 HTTP/1.1\r\n${H}Content-Length: 1\r\n\r\n`],
    ['two empty lines before it', 400, `\r\n\r\nGET / HTTP/1.1\r\n${H}\r\n`],
    ['a bare LF before it', 400, `\nGET / HTTP/1.1\r\n${H}\r\n`],
    ['TLS', 400, '\x16\x03\x01\x02\x00'],
    ['too many fields', 431, `GET / HTTP/1.1\r\n${H}${'X: y\r\n'.repeat(DEFAULT_LIMITS.maxFields)}\r\n`],
    ['a head that is too long', 431, `GET / HTTP/1.1\r\n${H}X: ${'y'.repeat(DEFAULT_LIMITS.maxHeadBytes)}\r\n\r\n`],
    ['a request line that is too long', 414, `GET /${'y'.repeat(DEFAULT_LIMITS.maxHeadBytes)}`],
  ])('%s: %i', (_what, status, text) => {
    const transcript = read(text)
    expect(transcript.refused).toBe(status)
    expect(transcript.reason).not.toBe('')
    expect(transcript.requests).toEqual([])
    expect(transcript.written).toContain('connection: close\r\n')
    const bytes = latin1(text)
    if (bytes.length < 1000)
      expect(readRequests(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))).refused).toBe(status)
  })
  it.each([
    ['/\xd1\x81?q=\xc3\xa9', '/%D1%81?q=%C3%A9'],
    ['/a?b=c#d', '/a?b=c'],
    ['/a#b#\xff/../c', '/a'],
    ['http://a/\xc3\xa9#x', '/%C3%A9'],
    ['http://a#@evil.example/', '/'],
  ])('the target %j is taken for %s', (written, plain) => {
    const text = `GET ${written} HTTP/1.1\r\n${H}\r\n`
    const bytes = latin1(text)
    for (const parts of [[bytes], Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))])
      expect(readRequests(parts).requests.map(({ head }) => head.target)).toEqual([plain])
  })
  it.each([
    ['gzip, chunked', 'gzip, '],
    ['GZIP ,\tdeflate\t, chunked', 'gzip, deflate, '],
    [
      'gzip\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: compress\r\nTransfer-Encoding: Chunked',
      'gzip, compress, ',
    ],
    ['identity, chunked', ''],
  ])('the coding %j is framed by chunked', (coding, codings) => {
    const [request] = read(
      `POST / HTTP/1.1\r\n${H}Transfer-Encoding: ${coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ).requests
    expect([request?.head.codings, request?.body, request?.whole, request?.lines]).toEqual([codings, 'hello', true, H])
  })
  it('as many fields as allowed are allowed', () => {
    expect(read(`GET / HTTP/1.1\r\n${H}${'X: y\r\n'.repeat(DEFAULT_LIMITS.maxFields - 1)}\r\n`).refused).toBeNull()
  })
})

describe('response heads', () => {
  const answer = (text: string, method?: string) => readResponse([latin1(text)], method)
  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'GET', 'hi', true],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n', 'GET', 'hi', true],
    ['until it closes', 'HTTP/1.1 200 OK\r\n\r\nhi', 'GET', 'hi', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'GET', 'hi', false],
    [
      'HTTP/1.0 that keeps alive',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi',
      'GET',
      'hi',
      true,
    ],
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi', 'GET', 'hi', false],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'HEAD', '', true],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', 'GET', '', true],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 'GET', '', true],
    ['204 with Content-Length: 0', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', 'GET', '', true],
    ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n', 'GET', '', false],
    ['no reason, no blank', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', 'GET', 'hi', true],
    ['more than the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!', 'GET', 'hi', false],
    ['a body behind HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'HEAD', '', false],
    [
      'informational ones first',
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
      'GET',
      'hi',
      true,
    ],
    [
      'a peer that closes at once',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nhi',
      'GET',
      'hi',
      false,
    ],
    [
      'a peer that keeps it',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=9\r\nContent-Length: 2\r\n\r\nhi',
      'GET',
      'hi',
      true,
    ],
  ])('%s', (_what, text, method, body, reusable) => {
    const seen = answer(text, method)
    expect(seen.call.failure).toBeNull()
    expect([seen.call.ended, seen.call.body, seen.reusable]).toEqual([true, body, reusable])
  })
  it.each([
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n'],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['another version', 'HTTP/2 200\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['no HTTP, not even a line', 'SSH'],
    ['a status beyond 599', 'HTTP/1.1 600 X\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a bare LF in the fields', 'HTTP/1.1 200 OK\r\nX: y\nContent-Length: 0\r\n\r\n'],
    ['obs-fold', 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['101 that nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['a flood of informational answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)],
    ['a head that is too long', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`],
  ])('%s: protocol error, and never used again', (_what, text) => {
    const seen = answer(text)
    expect(seen.call.failure?.kind).toBe('protocol')
    expect(seen.call.failure?.reason).not.toBe('')
    expect(seen.reusable).toBe(false)
  })
  it.each([
    ['in the head', 'HTTP/1.1 200 OK\r\nX', false],
    ['in a length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi', true],
    ['in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi', true],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n', true],
  ])('cut %s: reset', (_what, text, headReceived) => {
    const { failure, ended } = answer(text).call
    expect(ended).toBe(false)
    expect(failure).toMatchObject({ kind: 'reset', headReceived, sent: true, reused: false })
  })
})
