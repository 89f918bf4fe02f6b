import { expect, it } from 'vitest'
import { formatTraceparent, isTraceparent, newSpanId, newTraceId, parseTraceContext } from './trace-context.ts'

const WELL_FORMED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

it('reads and writes the W3C form', () => {
  const context = parseTraceContext(WELL_FORMED, 'a=1', 'k=v')
  expect(context).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    sampled: true,
    tracestate: 'a=1',
    baggage: 'k=v',
  })
  expect(context === null ? '' : formatTraceparent(context)).toBe(WELL_FORMED)
})

it('reads a later version by its first four fields', () => {
  expect(parseTraceContext(`01${WELL_FORMED.slice(2)}-more`, undefined, undefined)?.sampled).toBe(true)
})

it.each([
  '',
  'nonsense',
  `ff${WELL_FORMED.slice(2)}`,
  `${WELL_FORMED}-more`,
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  WELL_FORMED.toUpperCase(),
])('refuses %j', (text) => {
  expect(isTraceparent(text)).toBe(false)
  expect(parseTraceContext(text, undefined, undefined)).toBeNull()
})

it('makes ids of the right length, each another', () => {
  const ids = new Set(Array.from({ length: 2000 }, newTraceId))
  expect(ids.size).toBe(2000)
  expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/)
  expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/)
})
