/** Services and clients that know nothing of a mesh, on loopback. */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

export class Loopback {
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()

  /** @returns the port */
  async serve(onSocket: (socket: net.Socket) => void): Promise<number> {
    return this.listen(net.createServer({ allowHalfOpen: true }, onSocket))
  }

  /** Says back what it hears, and then `goodbye`. */
  echo(): Promise<number> {
    return this.serve((socket) => {
      socket.pipe(socket, { end: false })
      socket.on('end', () => socket.end('goodbye'))
    })
  }

  async listen(server: net.Server): Promise<number> {
    server.on('connection', (socket: net.Socket) => {
      socket.on('error', () => undefined)
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** A port that nobody listens on. */
  async deadPort(): Promise<number> {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }

  connect(port: number): net.Socket {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined)
    this.#sockets.add(socket)
    return socket
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) server.close()
  }
}

/** Everything until the other side has ended; then this side ends, too. */
export async function heard(socket: net.Socket): Promise<string> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.on('end', () => socket.end())
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(parts).toString()
}
