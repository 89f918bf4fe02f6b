/**
 * A peer may answer before it has read the whole request, and close: 413 to a body that is too long. Whoever still sends then meets a reset, and node takes a
 * socket down at its first write that failed, with everything unread in it. The answer came before the reset and waits in the kernel: here it is read first
 * (RFC 9112 9.6 asks servers to wait for that; most do not).
 */
import type net from 'node:net'

/** @param wantsAnswer whether what may still come belongs to somebody; asked when a write has failed */
export function readOnAfterFailedWrite(socket: net.Socket, wantsAnswer: () => boolean): void {
  const destroy = socket.destroy
  socket.destroy = (error) => {
    // What node holds back (a reader that is behind) would have to come first, and cannot be had any more.
    const mayRead = isFailedWrite(error) && !socket.destroyed && socket.readableLength === 0
    if (!mayRead || !wantsAnswer()) return destroy.call(socket, error)
    // A socket with an error hands nothing on by itself any more, neither bytes nor its end; one that reads directly (direct-read.ts) still has its bytes.
    socket.push = (chunk: Buffer | null) => {
      if (chunk === null) destroy.call(socket, error)
      else socket.emit('data', chunk)
      return chunk !== null
    }
    return socket
  }
}

function isFailedWrite(error: NodeJS.ErrnoException | undefined): boolean {
  return error?.syscall === 'write'
}
