/**
 * Tells TLS from everything else by the first byte that comes, and puts it back: PERMISSIVE lets both in on one port. 0x16 is a TLS record of type handshake
 * (RFC 8446, 5.1), and no HTTP method begins with it.
 */
import type { Socket } from 'node:net'

const HANDSHAKE_RECORD = 0x16

/** @param decided `late` where nothing came in time, `gone` where the peer left before it said anything */
export function peekFirstByte(
  socket: Socket,
  timeoutMs: number,
  decided: (what: 'tls' | 'other' | 'late' | 'gone') => void,
): void {
  const finish = (what: 'tls' | 'other' | 'late' | 'gone'): void => {
    clearTimeout(timer)
    socket.off('readable', look)
    socket.off('close', gone)
    socket.off('error', gone)
    decided(what)
  }
  const look = (): void => {
    const chunk: unknown = socket.read()
    if (!Buffer.isBuffer(chunk)) {
      if (socket.readableEnded) gone()
      return
    }
    socket.unshift(chunk)
    finish(chunk[0] === HANDSHAKE_RECORD ? 'tls' : 'other')
  }
  const gone = (): void => finish('gone')
  const timer = setTimeout(() => finish('late'), timeoutMs)
  socket.on('readable', look)
  socket.on('close', gone)
  socket.on('error', gone)
}
