import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readClientHello } from './client-hello.ts'

/** What node's own TLS client really sends first. */
async function helloOf(servername: string | undefined): Promise<Buffer> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = tls.connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ...(servername === undefined ? {} : { servername }),
  })
  client.on('error', () => undefined)
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  client.destroy()
  server.close()
  return bytes
}

it('finds the name that a real client asks for', async () => {
  expect(readClientHello(await helloOf('Pay.Example.com'))).toEqual({ kind: 'hello', sni: 'pay.example.com' })
})

it('says that a client asks for nobody', async () => {
  expect(readClientHello(await helloOf(undefined))).toEqual({ kind: 'hello', sni: '' })
})

it('waits for every byte, and then says the same', async () => {
  const hello = await helloOf('a.example.com')
  for (let length = 0; length < hello.length; length++)
    expect(readClientHello(hello.subarray(0, length)).kind, `${length} bytes`).toBe('incomplete')
})

it('reads a hello that is spread over several records', async () => {
  const whole = await helloOf('a.example.com')
  const message = whole.subarray(5)
  const record = (part: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part])
  const spread = Buffer.concat([
    record(message.subarray(0, 2)),
    record(message.subarray(2, 50)),
    record(message.subarray(50)),
  ])
  expect(readClientHello(spread)).toEqual({ kind: 'hello', sni: 'a.example.com' })
})

it.each(['GET / HTTP/1.1\r\n', '\u0015\u0003\u0001', '\u0016\u0002\u0000\u0000\u0005hello'])(
  'is no TLS: %j',
  (text) => {
    expect(readClientHello(Buffer.from(text, 'latin1')).kind).toBe('not-tls')
  },
)

it('never throws, whatever comes', async () => {
  const hello = await helloOf('a.example.com')
  fc.assert(
    fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, value) => {
      const broken = Buffer.from(hello)
      broken[at] = value
      expect(['incomplete', 'not-tls', 'hello']).toContain(readClientHello(broken).kind)
    }),
  )
  fc.assert(fc.property(fc.uint8Array(), (bytes) => readClientHello(Buffer.from(bytes)).kind !== undefined))
})
