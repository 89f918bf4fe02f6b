import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkedDecoder } from './chunked.ts'
import { DEFAULT_LIMITS, ProtocolError } from './limits.ts'
import { split } from './testing/transcript.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

function decode(parts: readonly Buffer[], limits = DEFAULT_LIMITS) {
  const decoder = new ChunkedDecoder(limits)
  let body = ''
  let left = 0
  const sink = { onPayload: (chunk: Buffer) => ((body += chunk.toString('latin1')), true) }
  for (const part of parts) left += part.length - decoder.decode(part, 0, sink)
  return { body, left, done: decoder.done, trailers: decoder.trailers?.write() ?? null }
}

describe('chunked coding', () => {
  it('gives slices of what was read, not copies', () => {
    const bytes = latin1('5\r\nhello\r\n0\r\n\r\n')
    const slices: Buffer[] = []
    new ChunkedDecoder(DEFAULT_LIMITS).decode(bytes, 0, { onPayload: (chunk) => slices.push(chunk) > 0 })
    expect(slices.map(String)).toEqual(['hello'])
    expect(slices[0]?.buffer).toBe(bytes.buffer)
  })
  it('stops where the sink has enough, and goes on from there', () => {
    const bytes = latin1('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    const decoder = new ChunkedDecoder(DEFAULT_LIMITS)
    let seen = ''
    const sink = { onPayload: (chunk: Buffer) => ((seen += chunk.toString()), false) }
    const at = decoder.decode(bytes, 0, sink)
    expect([seen, at]).toEqual(['a', 4])
    const next = decoder.decode(bytes, at, sink)
    expect([seen, next]).toEqual(['ab', 10])
    expect(decoder.decode(bytes, next, sink)).toBe(bytes.length)
    expect(decoder.done).toBe(true)
  })
  it('leaves what follows the message alone', () => {
    expect(decode([latin1('1\r\na\r\n0\r\n\r\nGET')])).toEqual({ body: 'a', left: 3, done: true, trailers: null })
  })
  it('hands trailers on', () => {
    expect(decode([latin1('0\r\nX-Sum: 1\r\ny:2\r\n\r\n')]).trailers).toBe('X-Sum: 1\r\ny:2\r\n')
  })
  it.each(['1;a\r\nx', '1;a=b;c\r\nx', '1;a="b \\" c"\r\nx'])('accepts the extension in %j and drops it', (text) => {
    expect(decode([latin1(text)]).body).toBe('x')
  })
  it.each([
    ['no size', '\r\n'],
    ['a sign', '+1\r\na'],
    ['0x', '0x1\r\na'],
    ['a blank before', ' 1\r\na'],
    ['a blank behind', '1 \r\na'],
    ['bare LF behind the size', '1\na'],
    ['bare CR behind the size', '1\ra'],
    ['too many digits', '00000000000000001\r\na'],
    ['too large a size', 'ffffffffffffffff\r\n'],
    ['an empty extension', '1;\r\na'],
    ['an extension that is no token', '1;a b\r\na'],
    ['bare LF in an extension', '1;a\nb\r\na'],
    ['NUL in an extension', '1;a\0\r\na'],
    ['an open quote', '1;a="b\r\na'],
    ['more than the size', '1\r\nab\r\n'],
    ['bare LF behind a chunk', '1\r\na\n'],
    ['bare CR behind a chunk', '1\r\na\rb'],
    ['Content-Length as a trailer', '0\r\nContent-Length: 1\r\n\r\n'],
    ['Transfer-Encoding as a trailer', '0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['Host as a trailer', '0\r\nHost: a\r\n\r\n'],
    ['a folded trailer', '0\r\nX: a\r\n b\r\n\r\n'],
    ['a trailer with a blank before the colon', '0\r\nX : a\r\n\r\n'],
    ['too many trailers', `0\r\n${'X: y\r\n'.repeat(DEFAULT_LIMITS.maxFields + 1)}\r\n`],
    ['trailers that are too long', `0\r\nX: ${'y'.repeat(DEFAULT_LIMITS.maxHeadBytes)}`],
  ])('refuses %s', (_what, text) => {
    expect(() => decode([latin1(text)])).toThrow(ProtocolError)
  })
  it('bounds extensions over the whole message', () => {
    const limits = { ...DEFAULT_LIMITS, maxChunkExtensionBytes: 10 }
    const one = latin1('1;abc\r\nx\r\n')
    expect(decode([one, one], limits).body).toBe('xx')
    expect(() => decode([one, one, one], limits)).toThrow(/10 bytes of chunk extensions/)
  })
  it('decodes what a plain encoder makes, however it is cut', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.boolean(),
        (chunks, cuts, upper) => {
          const texts = chunks.map((bytes) => Buffer.from(bytes).toString('latin1'))
          const size = (text: string): string =>
            upper ? text.length.toString(16).toUpperCase() : text.length.toString(16)
          const coded = `${texts.map((text) => `${size(text)}\r\n${text}\r\n`).join('')}0\r\n\r\n`
          expect(decode(split(latin1(coded), cuts))).toEqual({
            body: texts.join(''),
            left: 0,
            done: true,
            trailers: null,
          })
        },
      ),
    )
  })
})
