/** The public port byte by byte: what no HTTP client would send, what every page must carry, and files that are nobody's business. */
import { connect } from 'node:net'
import { describe, expect, inject, test } from 'vitest'
import { Customer } from '../testing/client.ts'

const { url } = inject('shop')
const { hostname, port, host } = new URL(url)

/** Sends bytes as they are; resolves when the server closes, or after `ms`. */
function send(bytes: string, ms = 3_000): Promise<{ text: string; status: number; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const finish = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), closed })
    }
    const timer = setTimeout(() => finish(false), ms)
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.once('end', () => finish(true))
    // Whoever closes on unread bytes resets the connection.
    socket.once('error', () => finish(true))
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}
const request = (line: string, ...fields: string[]): string => [line, `Host: ${host}`, ...fields, '', ''].join('\r\n')
const post = (...fields: string[]): string =>
  request('POST /api/v1/session HTTP/1.1', 'Content-Type: application/json', ...fields)
/** A second request behind a body whose end two readers would see in two places. */
const smuggled = `0\r\n\r\n${request('GET /api/v1/health HTTP/1.1')}`

describe('a request whose end is not clear', () => {
  test.each([
    ['Content-Length and Transfer-Encoding', post('Content-Length: 4', 'Transfer-Encoding: chunked') + smuggled],
    ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked', 'Content-Length: 4') + smuggled],
    ['two lengths', `${post('Content-Length: 2', 'Content-Length: 4')}{}{}`],
    ['a list of lengths', `${post('Content-Length: 2, 2')}{}`],
    ['a signed length', `${post('Content-Length: +2')}{}`],
    ['chunked that is not last', post('Transfer-Encoding: chunked, identity') + smuggled],
    ['two codings', post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + smuggled],
    ['a chunk size that is none', `${post('Transfer-Encoding: chunked')}zz\r\n{}\r\n${smuggled}`],
    ['a folded field', request('GET /api/v1/health HTTP/1.1', 'X-A: a', ' b')],
    ['a blank before the colon', request('GET /api/v1/health HTTP/1.1', 'Content-Length : 2')],
    ['a bare line feed', `GET /api/v1/health HTTP/1.1\nHost: ${host}\n\n`],
    ['a bare carriage return', request('GET /api/v1/health HTTP/1.1', 'X-A: a\rb')],
    ['U+0000 in a field', request('GET /api/v1/health HTTP/1.1', 'X-A: a\0b')],
    ['no host', 'GET /api/v1/health HTTP/1.1\r\n\r\n'],
    ['another protocol', '\x16\x03\x01\x00\x05hello\r\n\r\n'],
  ])('%s: 400, one answer, and the connection is closed', async (_what, bytes) => {
    const { text, status, closed } = await send(bytes)
    expect([status, closed]).toEqual([400, true])
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  // RFC 9112 6.1: the coding is not known here; what it frames cannot be told either, so the connection goes as well.
  test('an unknown coding: 501, one answer, and the connection is closed', async () => {
    const { text, status, closed } = await send(post('Transfer-Encoding: xchunked') + smuggled)
    expect([status, closed]).toEqual([501, true])
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  test.each([
    ['100 kB in one field', [`X-A: ${'x'.repeat(100_000)}`]],
    ['thousands of fields', Array.from({ length: 3_000 }, (_, n) => `X-${n}: a`)],
  ])('%s: refused unread', async (_what, fields) => {
    const { status, closed } = await send(request('GET /api/v1/health HTTP/1.1', ...fields))
    expect(closed).toBe(true)
    // A reset may overtake the answer.
    expect([431, 0]).toContain(status)
  })

  test('the shop still answers the next', async () => {
    expect((await new Customer(url).call('GET', '/api/v1/health')).status).toBe(200)
  })
})

describe('files', () => {
  test.each([
    '/../../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e%252fetc%252fpasswd',
    '/assets/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/..\\..\\etc\\passwd',
    '/%5c..%5c..%5cetc',
    '//etc/passwd',
    '/.git/config',
    '/package.json',
    '/api%2fv1%2fproducts',
  ])('%s is not one of the shop', async (path) => {
    const { status, text } = await send(request(`GET ${path} HTTP/1.1`, 'Connection: close'))
    expect(status).toBe(404)
    expect(text).toContain('application/problem+json')
  })

  test('a path with NUL in it is no path', async () => {
    const { status, text } = await send(request('GET /index.html%00.js HTTP/1.1', 'Connection: close'))
    expect(status).toBe(400)
    expect(text).toContain('application/problem+json')
  })
})

describe('what a browser is told', () => {
  test.each(['/', '/orders/1', '/favicon.svg', '/api/v1/products', '/api/docs', '/api/v1/nothing'])(
    '%s',
    async (path) => {
      const { headers } = await new Customer(url).call('GET', path, undefined, { accept: 'text/html' })
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      })
      const policy = headers.get('content-security-policy')!
      for (const rule of [
        "default-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
        expect(policy.split('; ')).toContain(rule)
      expect(headers.get('x-mesh-instance')).toBeNull()
      expect(headers.get('server')).toBeNull()
      expect(headers.get('x-powered-by')).toBeNull()
    },
  )

  test('who somebody is cannot be said by a header', async () => {
    const answer = await new Customer(url).call('GET', '/api/v1/orders', undefined, {
      'x-customer-id': 'account:00000000-0000-4000-8000-000000000000',
    })
    expect(answer.status).toBe(401)
  })
})
