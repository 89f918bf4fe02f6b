import { Trace } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { ExportTraceServiceRequest, readSpans } from './otlp.ts'
import { TraceStore, traceLimits } from './trace-store.ts'

const id = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')
const otlpSpan = (trace: number, span: number, more: object = {}) => ({
  traceId: id(trace, 32),
  spanId: id(span, 16),
  name: 'POST /v1/orders',
  kind: 3,
  startTimeUnixNano: String(1_800_000_000_000_000_000n + BigInt(span)),
  endTimeUnixNano: '1800000000000001000',
  ...more,
})
const spansOf = (...spans: object[]) =>
  readSpans(
    ExportTraceServiceRequest.parse({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] },
          scopeSpans: [{ spans }],
        },
      ],
    }),
  )

describe('readSpans', () => {
  it('reads what OTLP says into what contracts answer', () => {
    const [span] = spansOf(
      otlpSpan(1, 2, {
        traceId: id(1, 32).toUpperCase(),
        status: { code: 2 },
        attributes: [
          { key: 'http.response.status_code', value: { intValue: '503' } },
          { key: 'mesh.mtls', value: { boolValue: true } },
          { key: 'url.path', value: { stringValue: 'x'.repeat(5_000) } },
          { key: 'list', value: { arrayValue: { values: [] } } },
        ],
      }),
    )
    expect(Trace.parse({ traceId: id(1, 32), spans: [span] })).toBeTruthy()
    expect(span).toMatchObject({
      kind: 'client',
      error: true,
      parentSpanId: '',
      resource: { 'service.name': 'orders' },
    })
    expect(span?.attributes).toMatchObject({ 'http.response.status_code': 503, 'mesh.mtls': true })
    expect(String(span?.attributes['url.path'])).toHaveLength(1_024)
    expect(span?.attributes).not.toHaveProperty('list')
  })

  it.each([{ traceId: '0'.repeat(32) }, { spanId: 'xyz' }, { kind: 9 }, { endTimeUnixNano: -1 }])(
    'refuses %j',
    (wrong) => {
      expect(() => spansOf(otlpSpan(1, 1, wrong))).toThrow()
    },
  )
})

describe('TraceStore', () => {
  it('answers the spans of a trace, oldest first, each once', () => {
    const store = new TraceStore()
    store.add(spansOf(otlpSpan(1, 9), otlpSpan(1, 3)))
    store.add(spansOf(otlpSpan(1, 3)))
    expect(store.get(id(1, 32))?.spans.map(({ spanId }) => spanId)).toEqual([id(3, 16), id(9, 16)])
    expect(store.get(id(2, 32))).toBeUndefined()
  })

  it('keeps 2,000 traces and forgets the oldest', () => {
    const store = new TraceStore()
    for (let trace = 1; trace <= 2_001; trace++) store.add(spansOf(otlpSpan(trace, 1)))
    expect(store.size).toEqual({ traces: traceLimits.traces, spans: traceLimits.traces })
    expect(store.get(id(1, 32))).toBeUndefined()
    expect(store.get(id(2, 32))).toBeDefined()
  })

  it('refuses further spans of a full trace, and keeps within its spans in all', () => {
    const store = new TraceStore({ traces: 10, spansPerTrace: 2, spans: 5 })
    expect(store.add(spansOf(otlpSpan(1, 1), otlpSpan(1, 2), otlpSpan(1, 3)))).toBe(1)
    for (let trace = 2; trace <= 4; trace++) store.add(spansOf(otlpSpan(trace, 1), otlpSpan(trace, 2)))
    expect(store.size).toEqual({ traces: 2, spans: 4 })
    expect(store.get(id(2, 32))).toBeUndefined()
  })
})
