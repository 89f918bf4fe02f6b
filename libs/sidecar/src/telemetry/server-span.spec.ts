/** Server spans name the socket that the request came on, as architecture.md promises: inbound and at the edge. */
import net from 'node:net'
import { expect, it } from 'vitest'
import type { InboundExchange } from '../inbound/inbound-exchange.ts'
import { InboundServer } from '../inbound/server.ts'
import { Edge } from '../ingress/edge.ts'
import type { IngressExchange } from '../ingress/ingress-exchange.ts'
import { Stack, WAIT, type Layer } from '../stack.ts'
import { connectRaw, sendRaw } from '../testing/raw-request.ts'
import { Tracer, type Span } from './tracer.ts'

const ignore = (): void => undefined

/** The whole stack: keeps the span and answers. */
function keepSpan<E extends InboundExchange | IngressExchange>(spans: (Span | null)[]): Layer<E> {
  return {
    name: 'keep',
    request(exchange) {
      spans.push(exchange.span)
      exchange.response.writeHead(200, { connection: 'close' }).end()
      return WAIT
    },
  }
}

async function ask(port: number): Promise<number | undefined> {
  const socket = connectRaw(port)
  await new Promise((resolve) => socket.once('connect', resolve))
  const { localPort } = socket
  await sendRaw(socket, 'GET /4242424242424242 HTTP/1.1\r\nHost: a\r\n\r\n')
  return localPort
}

it('inbound', async () => {
  const spans: (Span | null)[] = []
  const server = new InboundServer(new Stack([keepSpan<InboundExchange>(spans)]), new Tracer(1), 'a-1', ignore)
  const listener = net.createServer((socket) => server.accept(socket))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const from = await ask(address === null || typeof address === 'string' ? 0 : address.port)
  listener.close()
  server.close()
  expect(spans[0]?.attributes.get('network.peer.address')).toBe('127.0.0.1')
  expect(spans[0]?.attributes.get('network.peer.port')).toBe(from)
  expect(spans[0]?.name).toBe('GET /[card …4242]')
})

it('at the edge', async () => {
  const spans: (Span | null)[] = []
  const edge = new Edge(new Stack([keepSpan<IngressExchange>(spans)]), new Tracer(1), ignore, ignore)
  const from = await ask(await edge.listen({ address: '127.0.0.1', port: 0, selector: 'a' }))
  edge.destroy()
  expect(spans[0]?.attributes.get('network.peer.address')).toBe('127.0.0.1')
  expect(spans[0]?.attributes.get('network.peer.port')).toBe(from)
  expect(spans[0]?.name).toBe('GET /[card …4242]')
})
