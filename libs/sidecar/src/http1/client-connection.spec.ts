/** TLS tells all that one read brought, the end of the connection with it, even where the reader has paused meanwhile. */
import { expect, it } from 'vitest'
import type { ResponseHead } from './heads.ts'
import { ClientPool } from './client-pool.ts'
import { MemorySocket } from './testing/memory-socket.ts'
import { RecordedCall } from './testing/transcript.ts'

class PausedCall extends RecordedCall {
  override onHead(head: ResponseHead): void {
    super.onHead(head)
    this.connection?.pause()
  }
}

function askedOnce(): { socket: MemorySocket; call: PausedCall; pool: ClientPool } {
  const socket = new MemorySocket()
  const pool = new ClientPool({ connect: (done) => done(null, socket) })
  const call = new PausedCall('GET')
  pool.request(call)
  return { socket, call, pool }
}

it.each(['content-length: 5\r\n\r\nwhole', '\r\nwhole'])(
  'an answer that came whole is handed on whole, though its sender has closed before it was read: %j',
  (rest) => {
    const { socket, call, pool } = askedOnce()
    socket.feed(Buffer.from(`HTTP/1.1 200 OK\r\nconnection: close\r\n${rest}`))
    socket.feedEnd()
    socket.destroy()
    expect([call.body, call.ended, call.failure]).toEqual(['', false, null])
    call.connection?.resume()
    expect([call.body, call.ended, call.failure]).toEqual(['whole', true, null])
    expect(pool.connected).toBe(0)
  },
)

it('one that breaks off is told to have broken off, when the reader has had what came of it', () => {
  const { socket, call } = askedOnce()
  socket.feed(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'))
  socket.feedEnd()
  expect(call.failure).toBeNull()
  call.connection?.resume()
  expect([call.body, call.failure?.reason]).toEqual(['half', 'closed in the middle of the answer'])
})
