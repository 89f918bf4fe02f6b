import { expect, it } from 'vitest'
import {
  childOf,
  formatTraceparent,
  isTraceparent,
  keptFromNow,
  newSpanId,
  newTraceId,
  parseTraceContext,
} from './trace-context.ts'

const WELL_FORMED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

it('reads and writes the W3C form', () => {
  const context = parseTraceContext(WELL_FORMED, 'a=1', 'k=v')
  expect(context).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    sampled: true,
    tracestate: 'a=1',
    baggage: 'k=v',
    random: false,
    parentSpanId: null,
  })
  expect(context === null ? '' : formatTraceparent(context)).toBe(WELL_FORMED)
})

it.each(['00', '01', '02', '03'])('flags %s go through', (flags) => {
  const context = parseTraceContext(WELL_FORMED.slice(0, -2) + flags, undefined, undefined)
  expect(context === null ? '' : formatTraceparent(context).slice(-2)).toBe(flags)
})

it('reads a later version by its first four fields', () => {
  expect(parseTraceContext(`01${WELL_FORMED.slice(2)}-more`, undefined, undefined)?.sampled).toBe(true)
  expect(isTraceparent(`01${WELL_FORMED.slice(2)}.more`)).toBe(false)
})

it.each([
  '',
  'nonsense',
  `ff${WELL_FORMED.slice(2)}`,
  `${WELL_FORMED}-more`,
  `${WELL_FORMED}, ${WELL_FORMED}`,
  `01${WELL_FORMED.slice(2)}-${'x'.repeat(512)}`,
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  '00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0.',
  '00-0af7651916cd43dd8448eb211c80319c.b7ad6b7169203331-01',
  WELL_FORMED.toUpperCase(),
])('refuses %j', (text) => {
  expect(isTraceparent(text)).toBe(false)
  expect(parseTraceContext(text, undefined, undefined)).toBeNull()
})

it('makes ids of the right length, each another', () => {
  const ids = new Set(Array.from({ length: 2000 }, newTraceId))
  expect(ids.size).toBe(2000)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/)
})

it('a child names its parent; what is kept from now on keeps its own id', () => {
  const parent = parseTraceContext(WELL_FORMED.slice(0, -1) + '0', 'a=1', 'k=v')
  if (parent === null) throw new Error('not well formed')
  const child = childOf(parent)
  expect(child).toMatchObject({ traceId: parent.traceId, parentSpanId: parent.spanId, sampled: false, baggage: 'k=v' })
  expect(child.spanId).not.toBe(parent.spanId)
  expect(childOf({ ...parent, spanId: '' }).parentSpanId).toBeNull()
  expect(keptFromNow(child)).toEqual({ ...child, sampled: true })
})
