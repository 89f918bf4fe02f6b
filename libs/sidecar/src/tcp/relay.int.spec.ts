import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { Relay, type RelayOutcome } from './relay.ts'

const servers: net.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(onSocket: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, onSocket)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A relay before a service; resolves with what became of its one connection. */
type Outcome = RelayOutcome & Pick<Relay, 'bytesReceived' | 'bytesSent'>
async function relayTo(port: number, idleMs: number): Promise<{ port: number; outcome: Promise<Outcome> }> {
  let tell: (outcome: Outcome) => void
  const outcome = new Promise<Outcome>((resolve) => (tell = resolve))
  const own = await listen((downstream) => {
    const upstream = net.connect({ port, host: '127.0.0.1' })
    // What came before the other end was there is in the socket's buffer by then, and counts.
    upstream.once('connect', () => {
      const relay = new Relay(downstream, upstream, Buffer.alloc(0), idleMs, (ended) => {
        tell({ ...ended, bytesReceived: relay.bytesReceived, bytesSent: relay.bytesSent })
      })
    })
  })
  return { port: own, outcome }
}

it('carries both ways, and a half-closed caller still gets its answer', async () => {
  const service = await listen((socket) => {
    let got = ''
    socket.on('data', (chunk: Buffer) => (got += chunk.toString()))
    socket.on('end', () => socket.end(`you said ${got}`))
  })
  const { port, outcome } = await relayTo(service, 0)
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.end('hello')
  let answer = ''
  client.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await once(client, 'end')
  client.end()
  expect(answer).toBe('you said hello')
  expect(await outcome).toEqual({ bytesReceived: 5, bytesSent: 14, failure: null, side: null })
})

it('slows down who writes when the other does not read', async () => {
  const service = await listen((socket) => socket.pause())
  const { port } = await relayTo(service, 0)
  const client = net.connect({ port, host: '127.0.0.1' })
  const chunk = Buffer.alloc(1024 * 1024)
  let taken = 0
  while (client.write(chunk) || taken < 64) {
    taken++
    if (client.writableLength > 32 * chunk.length) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(client.writableLength).toBeGreaterThan(16 * chunk.length)
  client.destroy()
})

it('tells that a service reset the connection', async () => {
  const service = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const { port, outcome } = await relayTo(service, 0)
  const client = net.connect({ port, host: '127.0.0.1' })
  client.on('error', () => undefined)
  client.write('hello')
  await once(client, 'close')
  expect(await outcome).toMatchObject({ failure: expect.stringMatching(/^the service: /) as string, side: 'upstream' })
})

it('ends what nothing moves on', async () => {
  const service = await listen((socket) => socket.resume())
  const { port, outcome } = await relayTo(service, 80)
  const client = net.connect({ port, host: '127.0.0.1' })
  client.on('error', () => undefined)
  await once(client, 'close')
  expect(await outcome).toMatchObject({ failure: 'nothing moved for 80 ms', side: null })
})
