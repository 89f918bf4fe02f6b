/** Properties that no table of cases covers: any split gives the same result, and a second reader reads the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BODIES, FIELDS, REQUEST_LINES, STATUS_LINES } from './testing/fragments.ts'
import { FuzzFailure, fuzzCodec, requestFault, responseFault } from './testing/fuzz.ts'
import { readRequests } from './testing/transcript.ts'

const message = (lines: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...lines),
      fc.array(fc.constantFrom(...FIELDS, 'Host: a\r\n', 'Host: a\r\n'), { maxLength: 4 }),
      fc.constantFrom(...BODIES),
    )
    .map(([line, fields, body]) => `${line}${fields.join('')}\r\n${body}`)
const messages = (lines: readonly string[]) =>
  fc.array(message(lines), { minLength: 1, maxLength: 3 }).map((all) => all.join(''))
const cuts = fc.array(fc.nat({ max: 1000 }), { maxLength: 6 })

describe('the codec', () => {
  it('reads requests the same however they are cut, and as a second reader does', () => {
    fc.assert(
      fc.property(messages(REQUEST_LINES), cuts, (text, at) => {
        expect(requestFault(text, at)).toBeNull()
      }),
      { numRuns: 400 },
    )
  })
  it('reads answers the same however they are cut', () => {
    fc.assert(
      fc.property(messages(STATUS_LINES), cuts, (text, at) => {
        expect(responseFault(text, at)).toBeNull()
      }),
      { numRuns: 400 },
    )
  })
  it('survives bytes that mean nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const { requests } = readRequests([Buffer.from(bytes)])
        expect(requests).toEqual([])
      }),
    )
  })
  it('is fuzzed, and most of the cases say something', () => {
    const { cases } = fuzzCodec({ seed: 20_261_122, milliseconds: 400 })
    expect(cases).toBeGreaterThan(50)
  })
  it('the second reader and the codec both see a plain request, and a failure names its input and seed', () => {
    expect(requestFault('GET / HTTP/1.1\r\nHost: a\r\n\r\n', [3])).toBeNull()
    expect(readRequests([Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]).requests).toHaveLength(1)
    expect(new FuzzFailure('wrong', 7, 3, 'GET').message).toMatch(/seed 7, case 3\ninput "GET"/)
  })
})
