/** Both ends over TLS, as between two sidecars. */
import { once } from 'node:events'
import tls from 'node:tls'
import { expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { ClientPool } from './client-pool.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { ServerConnection } from './server-connection.ts'
import { listen, SteeredHandler } from './testing/loopback.ts'
import { RecordedCall } from './testing/transcript.ts'

it('a pool and a server speak over TLS: connections are used again, and a client that closed its side gets its answer', async () => {
  const authority = await makeAuthority()
  const { key, chain } = await authority.issue('spiffe://cluster.local/ns/default/sa/a', { addresses: ['127.0.0.1'] })
  const handlers: SteeredHandler[] = []
  const server = tls.createServer({ key, cert: chain, allowHalfOpen: true }, (socket) => {
    new ServerConnection(socket, DEFAULT_LIMITS, (connection) => {
      const handler = new SteeredHandler(connection)
      handlers.push(handler)
      return handler
    })
  })
  const { port, close } = await listen(server)
  const trusted = { port, host: '127.0.0.1', ca: authority.root, checkServerIdentity: () => undefined }
  const pool = new ClientPool({
    connect(done) {
      const socket = tls.connect(trusted)
      socket.once('error', (error) => done(error, null))
      socket.once('secureConnect', () => done(null, socket))
    },
  })
  for (let count = 0; count < 3; count++) {
    const call = new RecordedCall('GET')
    pool.request(call)
    await eventually(() => expect(call.failure ?? call.body).toBe('/'))
    expect(call.reused).toBe(count > 0)
  }
  expect(handlers).toHaveLength(1)
  pool.destroy()

  const socket = tls.connect(trusted)
  socket.allowHalfOpen = true
  await once(socket, 'secureConnect')
  let text = ''
  socket.on('data', (data) => (text += data.toString()))
  socket.end('GET /late HTTP/1.1\r\nHost: a\r\n\r\n')
  await eventually(() => expect(text).toContain('\r\n\r\n/late'))
  await eventually(() => expect(handlers.map(({ closed }) => closed !== null)).toEqual([true, true]))
  await close()
})
