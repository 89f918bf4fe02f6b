import { expect, it } from 'vitest'
import { incomingTrace, NodeFields } from './incoming-trace.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const kept = { sample: () => true }
const dropped = { sample: () => false }
const read = (fields: Record<string, string>, head = dropped) => incomingTrace(new NodeFields(fields), head)

it('W3C wins over B3, also where it is malformed', () => {
  expect(read({ traceparent: `00-${TRACE}-${SPAN}-01`, b3: '0' })).toMatchObject({ traceId: TRACE, sampled: true })
  expect(read({ traceparent: 'nonsense', b3: `${TRACE}-${SPAN}-1` })).toBeNull()
})

it.each([
  [{ b3: `${TRACE}-${SPAN}-1` }, true],
  [{ b3: `${TRACE}-${SPAN}-0` }, false],
  [{ b3: `${TRACE}-${SPAN}-d-05e3ac9a4f6e3b90` }, true],
  [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' }, true],
  [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': 'false' }, false],
  [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' }, true],
  // The single field wins over the others.
  [{ b3: `${TRACE}-${SPAN}-1`, 'x-b3-traceid': SPAN, 'x-b3-spanid': SPAN, 'x-b3-sampled': '0' }, true],
])('reads %j', (fields, sampled) => {
  expect(read(fields)).toMatchObject({ traceId: TRACE, spanId: SPAN, sampled })
})

it('makes 64 bits longer, and decides where B3 leaves it open', () => {
  expect(read({ b3: `${SPAN}-${SPAN}` }, kept)).toMatchObject({ traceId: `0000000000000000${SPAN}`, sampled: true })
  expect(read({ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN }, dropped)).toMatchObject({ sampled: false })
})

it('takes a decision alone: a new trace without a parent', () => {
  for (const fields of [{ b3: '0' }, { 'x-b3-sampled': '0' }]) {
    const came = read(fields, kept)
    expect(came).toMatchObject({ spanId: '', sampled: false })
    expect(came?.traceId).toMatch(/^[0-9a-f]{32}$/)
  }
})

it.each([
  {},
  { b3: '' },
  { b3: 'x' },
  { b3: `${TRACE}-${SPAN}-2` },
  { b3: `${TRACE}-${SPAN}-1-short` },
  { b3: `${TRACE}-${SPAN}-1-${SPAN}-more` },
  { b3: `${TRACE}-0000000000000000-1` },
  { b3: `${TRACE.toUpperCase()}-${SPAN}-1` },
  { 'x-b3-traceid': TRACE },
  { 'x-b3-spanid': SPAN },
  { 'x-b3-traceid': TRACE.slice(1), 'x-b3-spanid': SPAN },
  { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': 'maybe' },
])('takes nothing from %j', (fields) => {
  expect(read(fields)).toBeNull()
})
