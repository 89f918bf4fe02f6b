/** Connections that have asked once and then rest, and the memory that they take at the subject. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { rssMb } from '../harness/kernel.ts'
import type { Running } from '../harness/subject.ts'

const AT_ONCE = 50
const SETTLE_MS = 3000

/** @returns resident set in MB while `count` connections rest */
export async function rssWithIdleConnections({ port, host, pids }: Running, count: number): Promise<number> {
  const sockets: Socket[] = []
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' })
      sockets.push(socket)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('an idle connection was closed')))
      socket.write(`GET /items/200 HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      let bytes = 0
      socket.on('data', (data) => {
        bytes += data.length
        if (bytes > 200) resolve()
      })
    })
  try {
    while (sockets.length < count)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open))
    await sleep(SETTLE_MS)
    if (sockets.some((socket) => socket.destroyed)) throw new Error('an idle connection was closed')
    return rssMb(pids)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}
