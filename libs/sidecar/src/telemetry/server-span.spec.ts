/** Server spans name the socket that the request came on, as architecture.md promises, and are there for whatever failed: inbound and at the edge. */
import net from 'node:net'
import { expect, it } from 'vitest'
import type { EmbeddedInboundExchange } from '../inbound/embedded-inbound-exchange.ts'
import { InboundServer } from '../inbound/server.ts'
import { Edge } from '../ingress/edge.ts'
import type { IngressExchange } from '../ingress/ingress-exchange.ts'
import { Stack, WAIT, type Layer, type Recorder } from '../stack.ts'
import { connectRaw, sendRaw } from '../testing/raw-request.ts'
import { AccessLog } from './access-log.ts'
import { RequestMetrics } from './metrics.ts'
import { InboundRecorder, IngressRecorder, type Telemetry } from './recorders.ts'
import { Tracer, type Span } from './tracer.ts'

const ignore = (): void => undefined
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

/** The whole stack: keeps the span and answers. */
function answering<E extends EmbeddedInboundExchange | IngressExchange>(
  status: number,
  spans: (Span | null)[],
): Layer<E> {
  return {
    name: 'answering',
    request(exchange) {
      spans.push(exchange.span)
      exchange.response.writeHead(status, { connection: 'close' }).end()
      return WAIT
    },
  }
}

async function ask(port: number, field = 'accept: */*'): Promise<number | undefined> {
  const socket = connectRaw(port)
  await new Promise((resolve) => socket.once('connect', resolve))
  const { localPort } = socket
  await sendRaw(socket, `GET /4242424242424242 HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`)
  return localPort
}

/** Asks once. @returns the caller's port */
async function inbound(
  layer: Layer<EmbeddedInboundExchange>,
  tracer: Tracer,
  recorder: Recorder<EmbeddedInboundExchange> | null,
  field?: string,
): Promise<number | undefined> {
  const server = new InboundServer(new Stack([layer], recorder), tracer, 'a-1', ignore)
  const listener = net.createServer((socket) => server.accept(socket))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const from = await ask(address === null || typeof address === 'string' ? 0 : address.port, field)
  listener.close()
  server.close()
  return from
}

async function edge(
  layer: Layer<IngressExchange>,
  tracer: Tracer,
  recorder: Recorder<IngressExchange> | null,
  field?: string,
): Promise<number | undefined> {
  const server = new Edge(new Stack([layer], recorder), tracer, ignore, ignore, () => 0)
  const from = await ask(await server.listen({ address: '127.0.0.1', port: 0, shared: false }), field)
  server.destroy()
  return from
}

function telemetryOf(tracer: Tracer): Telemetry {
  const self = { workload: 'a', namespace: 'b', principal: 'cluster.local/ns/b/sa/a', host: 'a.b.svc.cluster.local' }
  return { metrics: new RequestMetrics(), accessLog: new AccessLog('off'), tracer, self }
}

it('inbound', async () => {
  const spans: (Span | null)[] = []
  const from = await inbound(answering(200, spans), new Tracer(1), null)
  expect(spans[0]?.attributes.get('network.peer.address')).toBe('127.0.0.1')
  expect(spans[0]?.attributes.get('network.peer.port')).toBe(from)
  expect(spans[0]?.name).toBe('GET /[card …4242]')
})

it('at the edge', async () => {
  const spans: (Span | null)[] = []
  const from = await edge(answering(200, spans), new Tracer(1), null)
  expect(spans[0]?.attributes.get('network.peer.address')).toBe('127.0.0.1')
  expect(spans[0]?.attributes.get('network.peer.port')).toBe(from)
  expect(spans[0]?.name).toBe('GET /[card …4242]')
})

it.each([
  ['W3C', `traceparent: 00-${TRACE}-${PARENT}-00`],
  ['B3', `b3: ${TRACE}-${PARENT}-0`],
])('what failed is recorded although its caller keeps nothing of it (%s)', async (_form, field) => {
  const tracer = new Tracer(1)
  const telemetry = telemetryOf(tracer)
  await inbound(answering(200, []), tracer, new InboundRecorder(telemetry), field)
  expect(tracer.waiting).toBe(0)
  await inbound(answering(500, []), tracer, new InboundRecorder(telemetry), field)
  await edge(answering(200, []), tracer, new IngressRecorder(telemetry), field)
  await edge(answering(503, []), tracer, new IngressRecorder(telemetry), field)
  const spans = tracer.take(9)
  expect(spans).toHaveLength(2)
  for (const span of spans) {
    expect(span).toMatchObject({ kind: 'server', traceId: TRACE, parentSpanId: PARENT, failed: true })
    expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt)
  }
  expect(spans.map(({ attributes }) => attributes.get('http.response.status_code'))).toEqual([500, 503])
})
