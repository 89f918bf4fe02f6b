import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { GatheringSocket } from './gathering-socket.ts'

it('sends what is said in one turn as one write, and what is said later by itself', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = new GatheringSocket().connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [peer] = (await once(server, 'connection')) as [Socket]
  peer.setEncoding('utf8')
  try {
    if (socket.connecting) await once(socket, 'connect')
    for (const part of ['BEGIN;', 'INSERT;', 'COMMIT;']) socket.write(part)
    expect(socket.writableLength).toBe('BEGIN;INSERT;COMMIT;'.length)
    expect(await once(peer, 'data')).toEqual(['BEGIN;INSERT;COMMIT;'])
    expect(socket.writableCorked).toBe(0)
    socket.write('SELECT;')
    expect(await once(peer, 'data')).toEqual(['SELECT;'])
  } finally {
    socket.destroy()
    server.close()
  }
})
