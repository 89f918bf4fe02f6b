import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import { DEFAULT_LIMITS, type Http1Limits } from './limits.ts'
import { ServerConnection } from './server-connection.ts'
import { loopback, SteeredHandler, type Loopback, type RawClient } from './testing/loopback.ts'

const H = 'Host: a\r\n'
let server: Loopback | null = null

afterEach(async () => {
  await server?.close()
  server = null
})

async function serve(steer?: (handler: SteeredHandler) => void, limits?: Partial<Http1Limits>): Promise<RawClient> {
  server = await loopback(steer, limits)
  return server.connect()
}

const handler = (): SteeredHandler => server!.handlers[0]!
const bodies = (client: RawClient): string[] =>
  client.text
    .split('HTTP/1.1 200 OK')
    .slice(1)
    .map((one) => one.split('\r\n\r\n')[1] ?? '')

describe('server connection', () => {
  it('answers pipelined requests in order, also where the first takes its time', async () => {
    const client = await serve((of) => {
      of.whenEnd = ({ connection }, head) => {
        const answer = () =>
          connection.respond(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n`, Buffer.from(head.target), 'length', true)
        if (head.target === '/1') setTimeout(answer, 50)
        else answer()
      }
    })
    client.send([1, 2, 3].map((n) => `POST /${n} HTTP/1.1\r\n${H}Content-Length: 1\r\n\r\nx`).join(''))
    await eventually(() => expect(bodies(client)).toEqual(['/1', '/2', '/3']))
    expect(handler().body).toBe('xxx')
    expect(handler().ends).toBe(3)
  })
  it('a head and its small body leave in one packet, also when they are written one after the other, and chunked', async () => {
    const client = await serve((of) => {
      of.whenEnd = ({ connection }, head) => {
        const chunked = head.target === '/chunked'
        connection.respond(
          chunked ? 'HTTP/1.1 200 OK\r\n' : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n',
          null,
          chunked ? 'chunked' : 'length',
          false,
        )
        connection.write(Buffer.from('hi'))
        connection.end(null)
      }
    })
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(client.text).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'))
    expect(client.packets).toBe(1)
    client.text = ''
    client.send(`GET /chunked HTTP/1.1\r\n${H}\r\n`)
    await eventually(() =>
      expect(client.text).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'),
    )
    expect(client.packets).toBe(2)
  })
  it('sends a head whose body takes its time at once', async () => {
    const client = await serve((of) => {
      of.whenEnd = ({ connection }) => void connection.respond('HTTP/1.1 200 OK\r\n', null, 'chunked', false)
    })
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(client.text).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'))
    handler().connection.write(Buffer.alloc(20_000, 'x'))
    handler().connection.end('x-sum: 1\r\n')
    await eventually(() => expect(client.text.endsWith('xx\r\n0\r\nx-sum: 1\r\n\r\n')).toBe(true))
    expect(client.text).toContain('\r\n4e20\r\nxxx')
  })
  it('gives HTTP/1.0 what it understands', async () => {
    const client = await serve((of) => {
      of.whenEnd = ({ connection }, head) => {
        if (head.target === '/') connection.respond('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n', null, 'none', true)
        else connection.respond('HTTP/1.1 200 OK\r\n', Buffer.from('hi'), 'chunked', true)
      }
    })
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toBe(
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhi',
    )
  })
  it('a client that has closed its side still gets its answer', async () => {
    const client = await serve((of) => {
      of.whenEnd = ({ connection }) =>
        void setTimeout(
          () => connection.respond('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n', Buffer.from('hi'), 'length', true),
          50,
        )
    })
    client.socket.end(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(client.closed || client.ended).toBe(true))
    expect(client.text).toContain('\r\n\r\nhi')
    await eventually(() => expect(handler().closed).not.toBeNull())
  })
  it('a client that closes in the middle of its body is gone', async () => {
    const client = await serve()
    client.socket.end(`POST / HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhe`)
    await eventually(() => expect(handler().closed).toMatch(/middle of its request/))
    expect(handler().ends).toBe(0)
  })
  it('hands a reset on in words', async () => {
    const client = await serve((of) => (of.whenEnd = () => {}))
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(handler().ends).toBe(1))
    client.socket.resetAndDestroy()
    await eventually(() => expect(handler().closed).toMatch(/ECONNRESET/))
  })
  it('Expect: 100-continue is the handler’s to answer', async () => {
    const client = await serve((of) => {
      of.whenRequest = ({ connection }, head) => {
        if (head.expectContinue) connection.inform('HTTP/1.1 100 Continue\r\n')
      }
    })
    client.send(`POST / HTTP/1.1\r\n${H}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`)
    await eventually(() => expect(client.text).toBe('HTTP/1.1 100 Continue\r\n\r\n'))
    client.send('hi')
    await eventually(() => expect(client.text).toContain('HTTP/1.1 200 OK'))
    expect(handler().body).toBe('hi')
  })
  it('refuses without the body: closes where the client may or may not send it', async () => {
    const client = await serve((of) => {
      of.whenRequest = ({ connection }) =>
        void connection.respond('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n', null, 'none', true)
    })
    client.send(`POST / HTTP/1.1\r\n${H}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toContain('connection: close\r\n')
    expect(handler().ends).toBe(0)
  })
  it('refuses without the body: reads a small one away and goes on', async () => {
    const client = await serve((of) => {
      of.whenRequest = ({ connection }) =>
        void connection.respond('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n', null, 'none', true)
    })
    client.send(`POST /1 HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\n`)
    await eventually(() => expect(client.text).toContain('403'))
    client.send(`hiGET /2 HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(handler().heads.map(({ target }) => target)).toEqual(['/1', '/2']))
    expect(client.text).not.toContain('close')
    expect(handler().body).toBe('')
  })
  it('a large unwanted body does not turn the answer into a reset', async () => {
    const client = await serve((of) => {
      of.whenRequest = ({ connection }) =>
        void connection.respond('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n', null, 'none', true)
    })
    client.send(`POST /1 HTTP/1.1\r\n${H}Content-Length: 10000000\r\n\r\n${'x'.repeat(500_000)}`)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toContain('413 Too Large')
  })
  it('refuses a bad chunk in the middle: answer, close, reason', async () => {
    const client = await serve()
    client.send(`POST /x HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n`)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toMatch(/^HTTP\/1.1 400/)
    expect(handler().refusals.map(({ error, head }) => [error.reason, head?.target])).toEqual([
      ['a chunk without a size', '/x'],
    ])
    client.socket.end()
    await eventually(() => expect(handler().closed).toBe('a chunk without a size'))
  })
  it('a bad chunk after the answer has begun: destroyed, because nothing else can be said', async () => {
    const client = await serve((of) => {
      of.whenRequest = ({ connection }) => void connection.respond('HTTP/1.1 200 OK\r\n', null, 'chunked', false)
    })
    client.send(`POST /x HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)
    await eventually(() => expect(client.closed || client.ended).toBe(true))
    expect(handler().refusals).toHaveLength(1)
    expect(client.text).not.toContain('\r\n0\r\n')
  })
  it('says what was asked when the head is refused', async () => {
    const client = await serve()
    client.send(`GET /x HTTP/1.1\r\n${H}${H}\r\n`)
    await eventually(() => expect(handler().refusals[0]?.head).toEqual({ method: 'GET', target: '/x' }))
    await eventually(() => expect(client.text).toMatch(/^HTTP\/1.1 400/))
  })
  it('slowloris: 408 when the head does not come in time', async () => {
    const client = await serve(undefined, { headTimeoutMs: 300 })
    client.send('GET / HTTP/1.1\r\nX-')
    await eventually(() => expect(client.text).toMatch(/^HTTP\/1.1 408/))
    expect(handler().refusals[0]?.error.status).toBe(408)
  })
  it('408 when the body does not come in time', async () => {
    const client = await serve(undefined, { requestTimeoutMs: 300 })
    client.send(`POST / HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhe`)
    await eventually(() => expect(client.text).toMatch(/^HTTP\/1.1 408/))
  })
  it('closes an idle connection without a word', async () => {
    const client = await serve(undefined, { idleTimeoutMs: 300 })
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toBe('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n/')
    client.socket.end()
    await eventually(() => expect(handler().closed).toBe('idle timeout'))
  })
  it('slow read: a client that does not read its answer is given up', async () => {
    const client = await serve(
      (of) => {
        of.whenEnd = ({ connection }) => {
          connection.respond('HTTP/1.1 200 OK\r\ncontent-length: 50000000\r\n', null, 'length', false)
          // More than the kernel takes for somebody who does not read.
          for (let sent = 0; sent < 50; sent++) connection.write(Buffer.alloc(1_000_000))
        }
      },
      { streamIdleTimeoutMs: 400 },
    )
    client.socket.pause()
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(handler()?.closed).toBe('the client does not read its answer'))
  })
  it('back-pressure towards the client: write says wait, onDrain says go', async () => {
    const client = await serve((of) => (of.whenEnd = () => {}), { bufferedBytes: 256 * 1024 })
    client.socket.pause()
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(handler().ends).toBe(1))
    const { connection } = handler()
    connection.respond('HTTP/1.1 200 OK\r\n', null, 'close', false)
    let sent = 0
    while (connection.write(Buffer.alloc(65_536))) sent++
    expect(sent).toBeLessThan(500)
    expect(connection.socket.writableLength).toBeGreaterThanOrEqual(256 * 1024)
    expect(handler().drains).toBe(0)
    client.socket.resume()
    await eventually(() => expect(handler().drains).toBe(1))
    connection.end(null)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text.split('\r\n\r\n')[1]).toHaveLength((sent + 1) * 65_536)
  })
  it('back-pressure towards the handler: a paused body stays with the client', async () => {
    const client = await serve((of) => (of.whenData = ({ connection }) => connection.pause()))
    const size = 30_000_000
    client.socket.write(`POST / HTTP/1.1\r\n${H}Content-Length: ${size}\r\n\r\n`)
    client.socket.write(Buffer.alloc(size))
    await eventually(() => expect(handler()?.bytes).toBeGreaterThan(0))
    const { bytes } = handler()
    await pause(100)
    expect(handler().bytes).toBe(bytes)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    handler().whenData = () => {}
    handler().connection.resume()
    await eventually(() => expect(handler().bytes).toBe(size))
    await eventually(() => expect(client.text).toContain('200 OK'))
  })
  it('what a client sends far ahead stays with the client', async () => {
    const client = await serve((of) => (of.whenEnd = () => {}))
    client.send(`GET /1 HTTP/1.1\r\n${H}\r\n`)
    const flood = `GET /2 HTTP/1.1\r\n${H}\r\n`.repeat(800_000)
    client.socket.write(flood)
    await eventually(() => expect(handler()?.ends).toBe(1))
    await pause(200)
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000)
    expect(handler().connection.socket.bytesRead).toBeLessThan(1_000_000)
  })
  it('drain: an idle connection closes at once, a busy one after its answer', async () => {
    const client = await serve((of) => (of.whenEnd = () => {}))
    const idle = await server!.connect()
    client.send(`GET / HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(handler().ends).toBe(1))
    await eventually(() => expect(server!.handlers).toHaveLength(2))
    for (const { connection } of server!.handlers) connection.drain()
    await eventually(() => expect(idle.ended).toBe(true))
    expect(client.ended).toBe(false)
    handler().connection.respond('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n', null, 'none', true)
    await eventually(() => expect(client.ended).toBe(true))
    expect(client.text).toContain('connection: close\r\n')
  })
  it('upgrade: the socket is handed over with what was read already', async () => {
    const client = await serve((of) => {
      of.whenUpgrade = ({ connection }, head, rest) => {
        connection.detach()
        connection.socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${head.upgrade}\r\nconnection: upgrade\r\n\r\n${rest.toString()}`,
        )
        connection.socket.on('data', (data) => connection.socket.write(data))
        connection.socket.resume()
      }
    })
    client.send(`GET / HTTP/1.1\r\n${H}Connection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst`)
    await eventually(() => expect(client.text).toMatch(/\r\n\r\nfirst$/))
    client.send('second')
    await eventually(() => expect(client.text).toMatch(/firstsecond$/))
    handler().connection.socket.destroy()
    await eventually(() => expect(client.ended).toBe(true))
    expect(handler().closed).toBeNull()
  })
  it('upgrade that is not wanted is answered as any other request, and the next one is read', async () => {
    const client = await serve()
    client.send(`GET /1 HTTP/1.1\r\n${H}Connection: upgrade\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(bodies(client)).toEqual(['/1', '/2']))
  })
  it('a connection that was never used closes without a word', async () => {
    const client = await serve()
    await eventually(() => expect(server!.handlers).toHaveLength(1))
    client.socket.end()
    await eventually(() => expect(handler().closed).toBe('closed by the client'))
    expect(client.text).toBe('')
  })
  it('a socket that is closed before it gets its connection is told of, too', async () => {
    const client = await serve()
    client.socket.destroy()
    await eventually(() => expect(client.socket.closed).toBe(true))
    let closed = ''
    new ServerConnection(client.socket, DEFAULT_LIMITS, (connection) => {
      const one = new SteeredHandler(connection)
      one.onClosed = (reason) => (closed = reason)
      return one
    })
    await eventually(() => expect(closed).not.toBe(''))
  })
  it('survives resets at every moment', async () => {
    const client = await serve()
    const text = `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
    for (let length = 0; length <= text.length; length += 3) {
      const one = net.connect({ port: server!.port, host: '127.0.0.1' })
      one.on('error', () => {})
      one.write(text.slice(0, length), () => one.resetAndDestroy())
    }
    client.send(`GET /alive HTTP/1.1\r\n${H}\r\n`)
    await eventually(() => expect(bodies(client)).toEqual(['/alive']))
    await eventually(() => expect(server!.handlers.filter(({ closed }) => closed === null)).toHaveLength(1))
  })
})
