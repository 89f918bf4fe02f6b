import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RecordedLog } from '../testing/recorded-log.ts'
import { SpanExporter } from './span-export.ts'
import { newSpanId, newTraceId } from './trace-context.ts'
import { Tracer } from './tracer.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function exporterOf() {
  const tracer = new Tracer(1)
  const sent: { spans: number; answer: (status: number) => void }[] = []
  const exporter = new SpanExporter({
    tracer,
    url: 'http://traces/',
    resource: new Map(),
    log: new RecordedLog(),
    deliver: (_url, _headers, body) =>
      new Promise((answer) =>
        sent.push({ spans: JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.length, answer }),
      ),
  })
  const end = (spans: number): void => {
    const trace = { traceId: newTraceId(), spanId: newSpanId(), sampled: true, tracestate: null, baggage: null }
    for (let n = 0; n < spans; n++) tracer.start('client', 'a', trace, null)?.end(false)
  }
  return { exporter, sent, end, sizes: () => sent.map(({ spans }) => spans) }
}

it('sends what waits once a second, and what ends meanwhile with the next', async () => {
  const { sent, end, sizes, exporter } = exporterOf()
  end(3)
  await vi.advanceTimersByTimeAsync(1_000)
  end(2)
  sent[0]!.answer(200)
  await vi.advanceTimersByTimeAsync(999)
  expect(sizes()).toEqual([3])
  await vi.advanceTimersByTimeAsync(1)
  expect(sizes()).toEqual([3, 2])
  sent[1]!.answer(200)
  await exporter.close()
})

it('goes on at once while whole batches wait, and sends the rest when it closes', async () => {
  const { sent, end, sizes, exporter } = exporterOf()
  end(1_100)
  await vi.advanceTimersByTimeAsync(1_000)
  sent[0]!.answer(200)
  await vi.advanceTimersByTimeAsync(0)
  expect(sizes()).toEqual([512, 512])
  const closed = exporter.close()
  sent[1]!.answer(200)
  await vi.advanceTimersByTimeAsync(0)
  expect(sizes()).toEqual([512, 512, 76])
  sent[2]!.answer(200)
  await closed
})
