import { expect, it } from 'vitest'
import { currentRequest, setProcessTracer, withTrace } from './context.ts'
import { toOtlp } from './span-export.ts'
import { newSpanId, newTraceId } from './trace-context.ts'
import { Tracer } from './tracer.ts'

const trace = (sampled = true) => ({
  traceId: newTraceId(),
  spanId: newSpanId(),
  sampled,
  tracestate: null,
  baggage: null,
})

it('keeps what ended, drops the oldest where nobody takes it, and records nothing of a trace that is not kept', () => {
  const tracer = new Tracer(1, () => 0, 2)
  expect(tracer.start('client', 'a', trace(false), null)).toBeNull()
  for (const name of ['a', 'b', 'c']) tracer.start('client', name, trace(), null)?.end(false)
  expect(tracer.dropped).toBe(1)
  expect(tracer.take(10).map((span) => span.name)).toEqual(['b', 'c'])
})

it('keeps what failed in a trace that is not kept, under the id that was sent on', () => {
  const tracer = new Tracer(0)
  const unkept = trace(false)
  tracer.failed('client', 'GET /', unkept, 'b7ad6b7169203331', 1000).end(true)
  const [span] = tracer.take(1)
  expect(span).toMatchObject({ traceId: unkept.traceId, spanId: unkept.spanId, startedAt: 1000, failed: true })
  expect(span?.parentSpanId).toBe('b7ad6b7169203331')
})

it('background work that fails is recorded although its trace is not kept', async () => {
  const tracer = new Tracer(0)
  setProcessTracer(tracer)
  const cause = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
  await withTrace(cause, 'goes well', () => Promise.resolve())
  await expect(withTrace(cause, 'fails', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  setProcessTracer(null)
  expect(tracer.take(2)).toMatchObject([{ name: 'fails', parentSpanId: 'b7ad6b7169203331', failed: true }])
})

it('samples by share', () => {
  expect(new Tracer(0.5, () => 0.4).sample()).toBe(true)
  expect(new Tracer(0.5, () => 0.5).sample()).toBe(false)
  expect(new Tracer(0, () => 0).sample()).toBe(false)
})

it('writes OTLP JSON', () => {
  const tracer = new Tracer(1)
  const span = tracer.start('server', 'GET /', trace(), 'b7ad6b7169203331')
  span?.attributes.set('mesh.mtls', true).set('http.response.status_code', 200).set('url.path', '/')
  span?.end(true)
  const text = JSON.parse(JSON.stringify(toOtlp(tracer.take(1), new Map([['service.name', 'orders']]))))
  expect(text.resourceSpans[0].resource.attributes).toEqual([{ key: 'service.name', value: { stringValue: 'orders' } }])
  expect(text.resourceSpans[0].scopeSpans[0].spans[0]).toMatchObject({
    name: 'GET /',
    kind: 2,
    parentSpanId: 'b7ad6b7169203331',
    startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
    status: { code: 2 },
    attributes: [
      { key: 'mesh.mtls', value: { boolValue: true } },
      { key: 'http.response.status_code', value: { intValue: '200' } },
      { key: 'url.path', value: { stringValue: '/' } },
    ],
  })
})

it('background work goes on in the trace that caused it', async () => {
  const tracer = new Tracer(1)
  setProcessTracer(tracer)
  const cause = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await withTrace(cause, 'outbox relay', async () => {
    await Promise.resolve()
    expect(currentRequest()?.traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  })
  await expect(withTrace(null, 'fails', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(currentRequest()).toBeUndefined()
  const [relay, failed] = tracer.take(2)
  expect(relay).toMatchObject({ name: 'outbox relay', parentSpanId: 'b7ad6b7169203331', failed: false })
  expect(failed).toMatchObject({ name: 'fails', parentSpanId: null, failed: true })
  setProcessTracer(null)
})
